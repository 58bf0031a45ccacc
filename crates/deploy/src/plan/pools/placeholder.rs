//! Placeholders in the strings of a job template: `{{ name }}`.

/// Beginnings of placeholders that a worker fills with what the server or the worker has, not with job variables.
const NOT_OF_RUNS: [&str; 3] = ["$", "prefect.blocks.", "prefect.variables."];

/// Returns the names of the job variables that a string of a template takes.
pub(super) fn variables(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((inside, next)) = after.split_once("}}") else {
            break;
        };
        // `{{{ name }}` has its placeholder at the last opening pair.
        let inside = inside.rsplit("{{").next().unwrap_or(inside);
        found.extend(variable(inside.trim_start_matches('{').trim()));
        rest = next;
    }
    found
}

/// The variable of a placeholder, without the path into its value.
fn variable(name: &str) -> Option<&str> {
    let is_allowed = |character: char| character.is_alphanumeric() || "_.-[]$".contains(character);
    if name.is_empty() || !name.chars().all(is_allowed) {
        return None;
    }
    if NOT_OF_RUNS.iter().any(|start| name.starts_with(start)) {
        return None;
    }
    name.split(['.', '[']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_of_a_string_are_found() {
        for (text, expected) in [
            ("{{ command }}", &["command"][..]),
            ("{{command}}", &["command"]),
            ("sh -c '{{ setup }}; {{ command }}'", &["setup", "command"]),
            ("{{ env.HOME }} {{ list[0] }}", &["env", "list"]),
            ("{{{ command }}}", &["command"]),
            ("{{ {{ command }}", &["command"]),
            ("{{ prefect.blocks.secret.token }}", &[]),
            ("{{ prefect.variables.team }} {{ $HOME }}", &[]),
            ("{{ two words }} {{}} {{ open", &[]),
            ("no placeholder", &[]),
        ] {
            assert_eq!(variables(text), expected, "{text}");
        }
    }
}
