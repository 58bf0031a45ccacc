//! Values against a JSON Schema that is known at run time only.

use std::error::Error;

use serde_json::Value;

/// Name of the schema while it is compiled.
const SCHEMA_NAME: &str = "memory:///schema";

/// A compiled schema.
pub(crate) struct Judge {
    schemas: boon::Schemas,
    index: boon::SchemaIndex,
}

/// One place of a value that does not fit the schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mismatch {
    /// Keys and indexes that lead to the place, separated by `/`; empty for the value itself.
    pub(crate) path: String,
    pub(crate) message: String,
}

/// Refuses to read schemas from elsewhere: a schema comes from a server or a store, and may name any file.
struct NoLoader;

impl boon::UrlLoader for NoLoader {
    fn load(&self, url: &str) -> Result<Value, Box<dyn Error>> {
        Err(format!("`{url}` is outside of the schema").into())
    }
}

impl Judge {
    /// Compiles a schema.
    ///
    /// # Errors
    /// It is not a schema, or refers to something outside of it.
    pub(crate) fn new(schema: Value) -> Result<Self, Box<boon::CompileError>> {
        let mut schemas = boon::Schemas::new();
        let mut compiler = boon::Compiler::new();
        compiler.use_loader(Box::new(NoLoader));
        compiler.add_resource(SCHEMA_NAME, schema)?;
        let index = compiler.compile(SCHEMA_NAME, &mut schemas)?;
        Ok(Self { schemas, index })
    }

    /// Returns every mismatch of a value, each once.
    pub(crate) fn mismatches(&self, value: &Value) -> Vec<Mismatch> {
        let mut found = Vec::new();
        if let Err(error) = self.schemas.validate(value, self.index) {
            collect(&error, &mut found);
        }
        found.sort();
        found.dedup();
        found
    }
}

fn collect(error: &boon::ValidationError<'_, '_>, found: &mut Vec<Mismatch>) {
    if error.causes.is_empty() {
        let path = error.instance_location.to_string();
        found.push(Mismatch {
            path: path.trim_start_matches('/').to_owned(),
            message: error.kind.to_string(),
        });
    }
    for cause in &error.causes {
        collect(cause, found);
    }
}
