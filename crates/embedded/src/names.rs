use crate::error::ApiError;

/// The characters that Prefect refuses in names.
const REFUSED: [char; 5] = ['/', '%', '&', '>', '<'];

/// Refuses a name that Prefect refuses, or that could not be reached by name later on.
pub(crate) fn check(name: &str) -> Result<(), ApiError> {
    if name.is_empty() || name.contains(REFUSED) {
        return Err(ApiError::invalid(
            &["name"],
            "String should match pattern '^[^/%&><]+$'",
        ));
    }
    if name.chars().any(char::is_control) {
        return Err(ApiError::invalid(
            &["name"],
            "Name must not contain control characters",
        ));
    }
    Ok(())
}
