//! Which artifact a flow run executes: its deployment's, or another version of that.

use crate::{AllowedStores, ArtifactLocation, Digest, LocationError, ParseDigestError};

/// Job variable with the location of the artifact.
pub const ARTIFACT: &str = "artifact";

/// Job variable with the SHA-256 of the artifact.
pub const SHA256: &str = "sha256";

/// What the job variables of a deployment or a run say of an artifact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NamedArtifact<'a> {
    /// Value of the job variable `artifact`.
    pub location: Option<&'a str>,
    /// Value of the job variable `sha256`.
    pub sha256: Option<&'a str>,
}

/// Why a run executes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// The deployment does not name an artifact.
    #[error("the deployment of the flow run does not have the job variable `{0}`")]
    Missing(&'static str),
    /// The job variable is not a SHA-256.
    #[error("the job variable `{SHA256}` cannot be used")]
    Digest(#[source] ParseDigestError),
    /// The location is in none of the allowed stores, or is not one.
    #[error("the artifact is refused")]
    Location(#[source] LocationError),
    /// A run names what is not a version of its deployment's program.
    #[error("the flow run names `{location}`, which is not a version of its deployment's artifact")]
    OtherProgram {
        /// The location that the run names.
        location: String,
    },
}

impl<'a> NamedArtifact<'a> {
    /// Reads both job variables by their names.
    pub fn read(variable: impl Fn(&str) -> Option<&'a str>) -> Self {
        Self {
            location: variable(ARTIFACT),
            sha256: variable(SHA256),
        }
    }
}

impl ChoiceError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Missing(_) | Self::Digest(_) => {
                "deploy again: `deploy apply` sets `artifact` and `sha256`".to_owned()
            }
            Self::Location(error) => return error.help(),
            Self::OtherProgram { .. } => "a run may name `artifact` and `sha256` of another stored version of the same flow, as `deploy history` lists them".to_owned(),
        })
    }
}

impl AllowedStores {
    /// Chooses the deployment's artifact, or the version of it that the run names.
    ///
    /// Who may create runs has no other choice: the version lies in the deployment's own storage path. Who may write
    /// deployments chooses among what the allowed stores hold.
    ///
    /// # Errors
    /// The deployment names no artifact, or one that no allowed store gives; the run names another program.
    pub fn choose(
        &self,
        deployment: NamedArtifact<'_>,
        run: NamedArtifact<'_>,
    ) -> Result<ArtifactLocation, ChoiceError> {
        let location = deployment.location.ok_or(ChoiceError::Missing(ARTIFACT))?;
        let sha256 = deployment.sha256.ok_or(ChoiceError::Missing(SHA256))?;
        let deployed = self.named(location, sha256)?;
        if run == NamedArtifact::default() {
            return Ok(deployed);
        }
        let location = run.location.unwrap_or(location);
        let version = self.named(location, run.sha256.unwrap_or(sha256))?;
        if version.is_version_of(&deployed) {
            return Ok(version);
        }
        Err(ChoiceError::OtherProgram {
            location: location.to_owned(),
        })
    }

    fn named(&self, location: &str, sha256: &str) -> Result<ArtifactLocation, ChoiceError> {
        let digest: Digest = sha256.trim().parse().map_err(ChoiceError::Digest)?;
        self.resolve(location, digest)
            .map_err(ChoiceError::Location)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222222222222222222222222222";

    /// The SHA-256 of the program that is chosen, or why none is.
    fn chosen(deployment: (&str, &str), run: (&str, &str)) -> Result<String, String> {
        let allowed = AllowedStores::of_folders(["/store".into()]);
        let written = [deployment, run].map(|(location, sha256)| location.replace("SHA", sha256));
        let [of_deployment, of_run] = &written;
        let some = |text| Some(text).filter(|text: &&str| !text.is_empty());
        let deployment = NamedArtifact {
            location: some(of_deployment),
            sha256: some(deployment.1),
        };
        let run = NamedArtifact {
            location: some(of_run),
            sha256: some(run.1),
        };
        allowed
            .choose(deployment, run)
            .map(|artifact| artifact.digest().to_string())
            .map_err(|error| error.to_string())
    }

    const DEPLOYED: (&str, &str) = ("/store/energy/prices/SHA/prices", ONE);

    #[test]
    fn a_run_chooses_another_version_of_its_program() {
        assert_eq!(chosen(DEPLOYED, ("", "")), Ok(ONE.to_owned()));
        assert_eq!(chosen(DEPLOYED, (DEPLOYED.0, TWO)), Ok(TWO.to_owned()));
    }

    #[test]
    fn a_run_chooses_no_other_program() {
        for folder in [
            "/store/energy/other",
            "/store/energy",
            "/store/energy/prices/deeper",
        ] {
            let error = chosen(DEPLOYED, (&format!("{folder}/SHA/prices"), TWO)).unwrap_err();
            assert!(
                error.contains("not a version of its deployment's artifact"),
                "{error}"
            );
        }
        for run in [
            ("/elsewhere/energy/prices/SHA/prices", TWO),
            ("https://evil.example/account/flows/SHA/prices", TWO),
            // Half of a pair names an artifact that is not the one in its location.
            ("", TWO),
            (DEPLOYED.0, "latest"),
        ] {
            assert!(chosen(DEPLOYED, run).is_err(), "{run:?}");
        }
    }

    #[test]
    fn a_deployment_outside_the_stores_is_refused_whatever_its_run_names() {
        let evil = ("/elsewhere/energy/prices/SHA/prices", ONE);
        for run in [("", ""), DEPLOYED, evil] {
            assert_eq!(chosen(evil, run), Err("the artifact is refused".to_owned()));
        }
        let error = chosen(("", ""), DEPLOYED).unwrap_err();
        assert!(error.contains("the job variable `artifact`"), "{error}");
    }
}
