// Opens Prefect's "custom run" form of a deployment and prints its fields as JSON, in their order on the page.
//
// Arguments: the browser's program, the form's URL, the file for a screenshot.
import { chromium } from "playwright-core";

const [program, url, screenshot] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: program,
  // The form is the test server's own; nothing else may be loaded, and nothing can be looked up.
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 1100, height: 1400 } });
const errors = [];
page.on("pageerror", (error) => errors.push(error.message));
await page.route("**", (route) =>
  new URL(route.request().url()).hostname === "127.0.0.1" ? route.continue() : route.abort(),
);
await page.goto(url);
await page.locator("fieldset").first().waitFor({ timeout: 60_000 });
await page.getByRole("button", { name: "Submit" }).waitFor({ timeout: 60_000 });

const fields = await page.evaluate(() => {
  const text = (element) => element?.textContent.replace(/\s+/g, " ").trim() ?? "";
  // A field is what holds a label and, beside it, the fieldset with the control.
  const fieldOf = (label) => {
    let element = label.parentElement;
    while (element && !element.querySelector("fieldset")) element = element.parentElement;
    return element;
  };
  const isField = (label) => text(label) !== "" && fieldOf(label)?.querySelector("label") === label;
  const valueOf = (fieldset) => {
    const control = fieldset.querySelector("input, textarea, button");
    if (control?.type === "checkbox") return control.checked;
    if (control?.role === "switch") return control.ariaChecked === "true";
    return control ? control.value || text(control) : text(fieldset);
  };
  const name = (label) => text(label).replace(" (Optional)", "");
  const labels = [...document.querySelectorAll("label")].filter((label) => isField(label) && text(label) !== "Run Name");
  return labels.map((label) => {
    const field = fieldOf(label);
    const fieldset = field.querySelector("fieldset");
    const outer = labels.filter((other) => other !== label && fieldOf(other).contains(field));
    const isStruct = labels.some((other) => other !== label && fieldset.contains(other));
    const type = isStruct ? null : field.querySelector('[aria-selected="true"]');
    return {
      path: [...outer, label].map(name).join("."),
      optional: text(label) !== name(label),
      description: text(label.parentElement.querySelector(":scope > p, article")),
      type: type && text(type),
      value: isStruct || type ? null : valueOf(fieldset),
    };
  });
});
await page.screenshot({ path: screenshot, fullPage: true });
await browser.close();
console.log(JSON.stringify({ fields, errors }));
