//! Quantities of processors and memory.

use std::str::FromStr;

use crate::Explain;

/// What a quantity measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resource {
    Cpu,
    Memory,
}

impl Resource {
    fn example(self) -> &'static str {
        match self {
            Self::Cpu => "500m` for half a processor, or `2",
            Self::Memory => "512Mi` or `2Gi",
        }
    }
}

/// Units with the power of ten of their thousandths, or the power of two of their bytes.
const UNITS: [(&str, Unit); 14] = [
    ("", Unit::Decimal(3)),
    ("m", Unit::Decimal(0)),
    ("k", Unit::Decimal(6)),
    ("M", Unit::Decimal(9)),
    ("G", Unit::Decimal(12)),
    ("T", Unit::Decimal(15)),
    ("P", Unit::Decimal(18)),
    ("E", Unit::Decimal(21)),
    ("Ki", Unit::Binary(10)),
    ("Mi", Unit::Binary(20)),
    ("Gi", Unit::Binary(30)),
    ("Ti", Unit::Binary(40)),
    ("Pi", Unit::Binary(50)),
    ("Ei", Unit::Binary(60)),
];

#[derive(Clone, Copy)]
enum Unit {
    Decimal(u32),
    Binary(u32),
}

/// Smallest memory of a container, in bytes: container runtimes start none with less.
const LEAST_MEMORY: u128 = 6 << 20;

/// Why a quantity is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuantityError {
    /// It is not a number with a unit.
    #[error("`{text}` is not a quantity")]
    Number {
        /// The whole quantity.
        text: String,
        /// What to write.
        help: String,
    },
    /// The unit does not exist, or is not one of the resource.
    #[error("`{unit}` is not a unit of {of}")]
    Unit {
        /// The unit.
        unit: String,
        /// `processors` or `memory`.
        of: &'static str,
        /// What to write.
        help: String,
    },
    /// Less memory than a container needs.
    #[error("`{text}` is {amount}, and a container needs 6Mi")]
    Little {
        /// The whole quantity.
        text: String,
        /// The amount in words.
        amount: String,
        /// What to write.
        help: String,
    },
    /// Zero, or more than a machine has.
    #[error("`{text}` is out of range")]
    Range {
        /// The whole quantity.
        text: String,
    },
}

impl Explain for QuantityError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Number { help, .. } | Self::Unit { help, .. } | Self::Little { help, .. } => {
                Some(help.clone())
            }
            Self::Range { .. } => Some("write a quantity above zero that a node has".to_owned()),
        }
    }
}

/// An amount of processors, such as `500m` or `2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cpu(u128);

/// An amount of memory, such as `512Mi`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Memory(u128);

impl FromStr for Cpu {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, unit) = divided(text, Resource::Cpu)?;
        if !matches!(unit, "" | "m") {
            return Err(QuantityError::Unit {
                unit: unit.to_owned(),
                of: "processors",
                help: if unit.eq_ignore_ascii_case("m") {
                    format!("write `{number}m` for thousandths of a processor")
                } else {
                    format!("write `{}`", Resource::Cpu.example())
                },
            });
        }
        thousandths(text, number, unit).map(Self)
    }
}

impl FromStr for Memory {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, unit) = divided(text, Resource::Memory)?;
        let known = UNITS.iter().any(|(name, _)| *name == unit);
        if !known {
            return Err(QuantityError::Unit {
                unit: unit.to_owned(),
                of: "memory",
                help: match binary(unit) {
                    Some(unit) => format!("write `{number}{unit}`"),
                    None => format!("write `{}`", Resource::Memory.example()),
                },
            });
        }
        let thousandths = thousandths(text, number, unit)?;
        if thousandths < LEAST_MEMORY * 1000 {
            return Err(QuantityError::Little {
                text: text.to_owned(),
                amount: match unit {
                    "m" => "in thousandths of a byte".to_owned(),
                    _ => format!("{} bytes", thousandths / 1000),
                },
                help: match binary(unit).filter(|_| unit != "Ki") {
                    Some(unit) => format!("write `{number}{unit}`"),
                    None => format!("write `{}`", Resource::Memory.example()),
                },
            });
        }
        Ok(Self(thousandths))
    }
}

/// The unit of powers of two that somebody may have meant.
fn binary(unit: &str) -> Option<&'static str> {
    let first = unit
        .chars()
        .next()
        .map_or('m', |first| first.to_ascii_lowercase());
    Some(match first {
        'k' => "Ki",
        'm' => "Mi",
        'g' => "Gi",
        't' => "Ti",
        _ => return None,
    })
}

/// Number and unit.
fn divided(text: &str, resource: Resource) -> Result<(&str, &str), QuantityError> {
    let end = text
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 || number.len() - digits > 1 {
        return Err(QuantityError::Number {
            text: text.to_owned(),
            help: format!("write `{}`", resource.example()),
        });
    }
    Ok((number, unit))
}

/// The amount in thousandths; Kubernetes rounds up what is smaller.
fn thousandths(text: &str, number: &str, unit: &str) -> Result<u128, QuantityError> {
    let range = || QuantityError::Range {
        text: text.to_owned(),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    let mantissa: u128 = digits.parse().map_err(|_| range())?;
    let unit = UNITS.iter().find(|(name, _)| *name == unit);
    let factor = match unit.map(|(_, unit)| *unit) {
        Some(Unit::Decimal(power)) => 10_u128.checked_pow(power),
        Some(Unit::Binary(power)) => 1_000_u128.checked_mul(1 << power),
        None => None,
    };
    let scale = u32::try_from(fraction.len()).ok();
    let scale = scale.and_then(|digits| 10_u128.checked_pow(digits));
    let amount = factor
        .and_then(|factor| mantissa.checked_mul(factor))
        .zip(scale)
        .map(|(amount, scale)| amount.div_ceil(scale));
    // Kubernetes has no more than this.
    let most = i64::MAX.unsigned_abs().into();
    amount
        .filter(|amount| *amount > 0 && amount / 1000 <= most)
        .ok_or_else(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_compared_in_any_unit() {
        let cpu = |text: &str| text.parse::<Cpu>().unwrap();
        assert_eq!(cpu("500m"), cpu("0.5"));
        assert_eq!(cpu("1"), cpu("1000m"));
        assert!(cpu("1.5") < cpu("1501m"));
        let memory = |text: &str| text.parse::<Memory>().unwrap();
        assert_eq!(memory("1Gi"), memory("1024Mi"));
        assert_eq!(memory("1.5Gi"), memory("1536Mi"));
        assert!(memory("1G") < memory("1Gi"));
        assert_eq!(memory("128974848"), memory("123Mi"));
    }

    #[test]
    fn the_help_is_accepted() {
        for (text, fixed) in [
            ("1GB", "1Gi"),
            ("512MB", "512Mi"),
            ("512mb", "512Mi"),
            ("2g", "2Gi"),
            ("512m", "512Mi"),
            ("512", "512Mi"),
            ("900Kb", "900Ki"),
        ] {
            let error = text.parse::<Memory>().unwrap_err();
            assert_eq!(error.help().unwrap(), format!("write `{fixed}`"), "{text}");
            if fixed != "900Ki" {
                assert!(fixed.parse::<Memory>().is_ok());
            }
        }
        let error = "500M".parse::<Cpu>().unwrap_err();
        assert!(error.help().unwrap().starts_with("write `500m`"));
        for text in ["", "m", "1.2.3", "-1", "1Gi", "0", "99999999999999999999"] {
            assert!(text.parse::<Cpu>().is_err(), "{text}");
        }
        for text in ["", "Gi", "1Zi", "0Gi", "1e3", "9Ei9", "99999999999Ei"] {
            assert!(text.parse::<Memory>().is_err(), "{text}");
        }
    }
}
