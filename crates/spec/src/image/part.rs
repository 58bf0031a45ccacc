//! The parts of an image reference that can be given on their own.

use super::{
    ImageProblem, ImageReference, ImageReferenceError, Violation, find, find_last, is_registry,
    registry_violation, tag_violation,
};
use crate::text::text_type;

/// The error about a part that is given on its own: the part is the whole text.
fn refused(violation: Option<Violation>, part: &str) -> Result<(), ImageReferenceError> {
    let Some(Violation {
        problem,
        start,
        end,
    }) = violation
    else {
        return Ok(());
    };
    Err(ImageReferenceError {
        problem,
        fragment: part.get(start..end).unwrap_or(part).to_owned(),
        reference: part.to_owned(),
    })
}

fn check_registry(registry: &str) -> Result<(), ImageReferenceError> {
    let bytes = registry.as_bytes();
    let violation = if registry.contains('/') || !is_registry(bytes, bytes.len()) {
        Some(Violation {
            problem: ImageProblem::Registry,
            start: 0,
            end: bytes.len(),
        })
    } else {
        registry_violation(bytes, bytes.len())
    };
    refused(violation, registry)
}

fn check_tag(tag: &str) -> Result<(), ImageReferenceError> {
    refused(tag_violation(tag.as_bytes(), 0, tag.len()), tag)
}

text_type!(
    /// The host of an image registry, with its port if it has one: `ghcr.io`, `localhost:5000`.
    ImageRegistry, ImageReferenceError, check_registry);

text_type!(
    /// The tag of an image: `1.4.0`.
    ImageTag, ImageReferenceError, check_tag);

impl ImageReference {
    /// The same image under another tag; a digest goes, since it names one content.
    ///
    /// # Errors
    /// The whole is no longer a reference.
    pub fn with_tag(&self, tag: &ImageTag) -> Result<Self, ImageReferenceError> {
        let bytes = self.as_str().as_bytes();
        let digest = find(bytes, b'@', 0, bytes.len());
        let slash = find_last(bytes, b'/', digest);
        let name = if slash < digest { slash } else { 0 };
        let end = find(bytes, b':', name, digest);
        format!("{}:{tag}", &self.as_str()[..end]).parse()
    }

    /// The same path, tag and digest in another registry.
    ///
    /// # Errors
    /// The whole is longer than a reference may be.
    pub fn with_registry(&self, registry: &ImageRegistry) -> Result<Self, ImageReferenceError> {
        let path = match self.as_str().split_once('/') {
            Some((first, rest)) if is_registry(first.as_bytes(), first.len()) => rest,
            _ => self.as_str(),
        };
        format!("{registry}/{path}").parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_replaces_tag_and_digest() {
        let digest = format!("@sha256:{}", "0".repeat(64));
        for (image, expected) in [
            ("ghcr.io/acme/flows:1.4.0", "ghcr.io/acme/flows:pr-1"),
            ("localhost:5000/flows", "localhost:5000/flows:pr-1"),
            ("flows:1", "flows:pr-1"),
            ("flows", "flows:pr-1"),
            (&format!("acme/flows:1{digest}"), "acme/flows:pr-1"),
            (&format!("acme/flows{digest}"), "acme/flows:pr-1"),
        ] {
            let image: ImageReference = image.parse().unwrap();
            let tagged = image.with_tag(&"pr-1".parse().unwrap()).unwrap();
            assert_eq!(tagged.as_str(), expected);
        }
    }

    #[test]
    fn a_registry_replaces_the_registry_alone() {
        let digest = format!("@sha256:{}", "0".repeat(64));
        for (image, expected) in [
            (
                "ghcr.io/acme/flows:1".to_owned(),
                "mirror:5000/acme/flows:1".to_owned(),
            ),
            (
                "acme/flows:1".to_owned(),
                "mirror:5000/acme/flows:1".to_owned(),
            ),
            ("flows".to_owned(), "mirror:5000/flows".to_owned()),
            (
                format!("localhost/a{digest}"),
                format!("mirror:5000/a{digest}"),
            ),
        ] {
            let image: ImageReference = image.parse().unwrap();
            let moved = image
                .with_registry(&"mirror:5000".parse().unwrap())
                .unwrap();
            assert_eq!(moved.as_str(), expected);
        }
    }

    #[test]
    fn parts_follow_the_grammar_of_the_whole() {
        for (registry, problem) in [
            ("acme", ImageProblem::Registry),
            ("ghcr.io/acme", ImageProblem::Registry),
            ("-a.io", ImageProblem::Registry),
            ("a.io:0", ImageProblem::Port),
            ("", ImageProblem::Registry),
        ] {
            let error = registry.parse::<ImageRegistry>().unwrap_err();
            assert_eq!(error.problem, problem, "{registry}");
        }
        for tag in ["", "-a", "a b", "a/b", "ä"] {
            let error = tag.parse::<ImageTag>().unwrap_err();
            assert_eq!(error.problem, ImageProblem::Tag, "{tag}");
        }
    }
}
