// Opens Prefect's page of a flow run and prints the names of its graph's nodes and the lines of its log as JSON.
//
// Arguments: the browser's program, the page's URL, the file for a screenshot.
import { chromium } from "playwright-core";

const [program, url, screenshot] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: program,
  // The page is the test server's own; nothing else may be loaded. The graph is drawn with WebGL, here by the processor.
  args: [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
  ],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 1120 } });
page.setDefaultTimeout(60_000);
const errors = [];
page.on("pageerror", (error) => errors.push(error.message));
await page.route("**", (route) =>
  new URL(route.request().url()).hostname === "127.0.0.1" ? route.continue() : route.abort(),
);
await page.goto(url);
// Of the newer page, and of the older one.
const lines = page.locator("li[data-index] .whitespace-pre-wrap, .log-row__content");
await lines.first().waitFor();
const canvas = page.locator("canvas").first();
await canvas.waitFor();

// The graph is a picture: a node is where the pointer would become a hand. Returns the middle of each.
const nodesOfPicture = () =>
  canvas.evaluate((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const isNode = (clientX, clientY) => {
      const event = { clientX, clientY, pointerType: "mouse", isPrimary: true, bubbles: true };
      element.dispatchEvent(new PointerEvent("pointermove", event));
      return element.style.cursor === "pointer";
    };
    const found = [];
    // Nodes are 32 high; below them are the states of the run, above them is the time.
    for (let y = top + 40; y < bottom - 60; y += 28) {
      let begin = null;
      for (let x = left; x < right; x += 4) {
        if (isNode(x, y)) begin ??= x;
        else if (begin !== null) {
          found.push([(begin + x) / 2, y]);
          begin = null;
        }
      }
    }
    return found;
  });
// Once it moves no more.
let nodes = [];
for (let before = null; nodes.length === 0 || JSON.stringify(nodes) !== before; ) {
  before = JSON.stringify(nodes);
  await page.waitForTimeout(500);
  nodes = await nodesOfPicture();
}
await page.screenshot({ path: screenshot });

// A click shows what a node stands for; on the older page it may only undo the former choice.
const name = page.locator('h3 a[href*="task-run"]');
const close = page.locator('[aria-label="Close panel"], .flow-run-graph-selection-panel button').first();
const isShown = (timeout) => name.waitFor({ timeout }).then(() => true, () => false);
const names = new Set();
for (const [x, y] of nodes) {
  for (const timeout of [2_000, 5_000, 20_000]) {
    await page.mouse.click(x, y);
    if (await isShown(timeout)) break;
  }
  names.add((await name.textContent()).trim());
  await close.click();
  await name.waitFor({ state: "detached" });
}
const logs = (await lines.allTextContents()).map((line) => line.trim());
await browser.close();
console.log(JSON.stringify({ nodes: [...names].sort(), logs, errors }));
