//! Literals that are not of their parameter's type, for the types that are known by name.
//!
//! rustc reports these, too, but neither the parameter nor, for many of them, the literal to write.

mod found;
#[cfg(test)]
mod tests;

use syn::{Expr, Ident, Type};

use self::found::{Found, contrast, found, is_float, is_integer_of, is_word, with_article};
use crate::list::shown;
use crate::literal::{bounds, name as name_of};
use crate::parameters::plain_name;
use crate::problems::Problems;
use crate::signature::option_of;

/// Reports a literal or `None` that cannot be a value of the parameter; returns whether it did.
pub(crate) fn report(
    parameter: &Ident,
    key: &str,
    r#type: &Type,
    value: &Expr,
    problems: &mut Problems,
) -> bool {
    let (value, is_some) = match value {
        Expr::Call(call) if call.args.len() == 1 && is_word(&call.func, "Some") => {
            (&call.args[0], true)
        }
        _ => (value, false),
    };
    let optional = option_of(r#type);
    let target = Target {
        key: key.to_owned(),
        is_optional: optional.is_some(),
    };
    let r#type = optional.unwrap_or(r#type);
    let mismatch = found(value).and_then(|found| {
        if matches!(found, Found::None) && (is_some || target.is_optional) {
            return None;
        }
        target
            .mismatch(r#type, &found)
            .or_else(|| target.unlike_option(r#type, &found, value, is_some))
    });
    let Some(mismatch) = mismatch else {
        return false;
    };
    let message = format!(
        "the parameter `{}` is {}{}",
        plain_name(parameter),
        with_article(&target.type_name(&mismatch.name)),
        mismatch.contrast
    );
    problems.push(value, message, Some(&mismatch.help));
    true
}

/// The parameter for which a value is written.
struct Target {
    /// The key before the value: the parameter's name, or `default`.
    key: String,
    is_optional: bool,
}

struct Mismatch {
    /// The name of the type, within the `Option` if there is one.
    name: String,
    contrast: String,
    help: String,
}

impl Target {
    /// The type of the parameter, whose own or inner type has a name.
    fn type_name(&self, name: &str) -> String {
        if self.is_optional {
            format!("Option<{name}>")
        } else {
            name.to_owned()
        }
    }

    fn write(&self, literal: &str) -> String {
        format!("write `{}`", self.assigned(literal))
    }

    /// The entry of a list; a bare string serves an `Option<String>`.
    fn assigned(&self, literal: &str) -> String {
        let key = &self.key;
        if self.is_optional && !literal.starts_with('"') {
            format!("{key} = Some({literal})")
        } else {
            format!("{key} = {literal}")
        }
    }

    fn optional_help(&self, name: &str) -> String {
        format!("write a value, or declare the parameter as `Option<{name}>`")
    }

    /// A value of the right type, but without `Some`, or with one that does not belong there.
    fn unlike_option(
        &self,
        r#type: &Type,
        found: &Found<'_>,
        value: &Expr,
        is_some: bool,
    ) -> Option<Mismatch> {
        if matches!(found, Found::None | Found::Strings(_)) {
            return None;
        }
        let is_text = matches!(found, Found::Text(_));
        let contrast = match (self.is_optional, is_some) {
            (true, true) if is_text => ", and `Some` takes a `String`, not a `&str`".to_owned(),
            (true, false) if !is_text => contrast(found),
            (false, true) => ", not an `Option`".to_owned(),
            _ => return None,
        };
        Some(Mismatch {
            name: name_of(r#type)?,
            contrast,
            help: self.write(&shown(value)),
        })
    }

    fn mismatch(&self, r#type: &Type, found: &Found<'_>) -> Option<Mismatch> {
        if let Found::Strings(texts) = found {
            return self.of_vector(r#type, texts);
        }
        let name = name_of(r#type)?;
        let help = match name.as_str() {
            "String" => match found {
                Found::Text(_) => return None,
                Found::Integer {
                    is_negative,
                    literal,
                } => {
                    let sign = if *is_negative { "-" } else { "" };
                    self.write(&format!("\"{sign}{}\"", literal.base10_digits()))
                }
                Found::Float(number) => self.write(&format!("\"{number}\"")),
                Found::Truth(truth) => self.write(&format!("\"{truth}\"")),
                Found::None | Found::Strings(_) => self.optional_help(&name),
            },
            "bool" => match found {
                Found::Truth(_) => return None,
                Found::Text(text) if ["true", "false"].contains(&text.as_str()) => self.write(text),
                Found::None => self.optional_help(&name),
                _ => format!("{} or `{}`", self.write("true"), self.assigned("false")),
            },
            "f64" => match found {
                Found::Float(_) => return None,
                Found::Integer {
                    is_negative,
                    literal,
                } => {
                    let sign = if *is_negative { "-" } else { "" };
                    self.write(&format!("{sign}{}.0", literal.base10_digits()))
                }
                Found::Text(text) if is_float(text) => self.write(text),
                Found::None => self.optional_help(&name),
                _ => self.write("0.5"),
            },
            _ => return self.of_integer(&name, found),
        };
        Some(Mismatch {
            name,
            contrast: contrast(found),
            help,
        })
    }

    fn of_integer(&self, name: &str, found: &Found<'_>) -> Option<Mismatch> {
        let (least, greatest) = bounds(name)?;
        let fits = |number: i128| (least..=greatest).contains(&number);
        let example = || "write an integer".to_owned();
        let help = match found {
            Found::Integer {
                is_negative,
                literal,
            } => {
                let magnitude = literal.base10_parse::<i128>().ok()?;
                let number = if *is_negative { -magnitude } else { magnitude };
                if !fits(number) {
                    return Some(self.out_of_range(name, number));
                }
                if is_integer_of(name, literal) && !(least == 0 && *is_negative) {
                    return None;
                }
                self.write(&number.to_string())
            }
            Found::Text(text) => match text.trim().parse::<i128>() {
                Ok(number) if fits(number) => self.write(&number.to_string()),
                _ => example(),
            },
            Found::Float(number) => match number.strip_suffix(".0").map(str::parse::<i128>) {
                Some(Ok(number)) if fits(number) => self.write(&number.to_string()),
                _ => example(),
            },
            Found::None => self.optional_help(name),
            Found::Truth(_) | Found::Strings(_) => example(),
        };
        Some(Mismatch {
            name: name.to_owned(),
            contrast: contrast(found),
            help,
        })
    }

    fn out_of_range(&self, name: &str, number: i128) -> Mismatch {
        let (least, greatest) = bounds(name).unwrap_or_default();
        let signed = ["i8", "i16", "i32", "i64"];
        let unsigned = ["u8", "u16", "u32", "u64"];
        let is_signed = least < 0 || number < 0;
        let wider = if is_signed { signed } else { unsigned };
        // At least as wide as it is now, so that the other deployments' values still fit in all likelihood.
        let wider = wider.iter().find(|wider| {
            bounds(wider)
                .is_some_and(|(low, high)| high >= greatest / 2 && (low..=high).contains(&number))
        });
        let range = format!("write a number from {least} to {greatest}");
        Mismatch {
            name: name.to_owned(),
            contrast: format!(", and `{number}` is out of its range"),
            help: match wider {
                Some(wider) => format!(
                    "{range}, or declare the parameter as `{}`",
                    self.type_name(wider)
                ),
                None => range,
            },
        }
    }

    /// An array of strings for a `Vec<String>`.
    fn of_vector(&self, r#type: &Type, texts: &[String]) -> Option<Mismatch> {
        let written = quote::ToTokens::to_token_stream(r#type)
            .to_string()
            .replace(' ', "");
        if written != "Vec<String>" {
            return None;
        }
        let texts: Vec<String> = texts.iter().map(|text| format!("{text}.into()")).collect();
        Some(Mismatch {
            name: written,
            contrast: ", not an array of `&str`".to_owned(),
            help: self.write(&format!("vec![{}]", texts.join(", "))),
        })
    }
}
