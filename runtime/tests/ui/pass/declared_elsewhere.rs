//! Deployments on a `use` of their flow: by module, under another name, within the module, of types that are private.

pub mod flows {
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, schemars::JsonSchema)]
    pub enum Region {
        Eu,
        Us,
    }

    #[derive(Default, Serialize, Deserialize, schemars::JsonSchema)]
    struct Limits {
        rows: u32,
    }

    #[longshore::flow(name = "daily")]
    pub async fn report(region: Region, product: Option<String>, #[param(default = 1)] days: u32) {
        let _ = (region, product, days);
    }

    #[longshore::flow]
    #[allow(private_interfaces)]
    pub fn limited(limits: Limits) {
        let _ = limits.rows;
    }

    #[longshore::flow]
    pub(crate) fn r#match() {}

    pub mod exported {
        pub use super::nested::*;
    }

    mod nested {
        #[longshore::flow]
        pub fn deep() {}
    }
}

mod flows_of_others {
    use longshore::deployment;

    use crate::flows::Region;

    /// Twice a day.
    #[deployment(
        name = "eu",
        schedule = [cron("0 6 * * *", parameters(days = 7)), interval("12h", slug = "half-days")],
        parameters(region = Region::Eu, product = "tea"),
        image = concat!("ghcr.io/acme/flows", ":1.4.0"),
    )]
    #[longshore::deployment(name = "us", parameters(region = Region::Us))]
    use crate::flows::report;

    #[deployment(name = "on-demand")]
    pub use crate::flows::limited as with_limits;

    #[deployment(name = "keyword", schedule = "@daily")]
    use super::flows::r#match;

    #[deployment(name = "deep", secrets(TOKEN = "block:token"))]
    use crate::flows::exported::deep;
}

fn main() {
    let names: Vec<String> = longshore::registry::Registry::collect()
        .deployments
        .iter()
        .map(|one| format!("{}/{}", one.flow.name, one.name))
        .collect();
    let all = ["daily/eu", "daily/us", "deep/deep", "limited/on-demand", "match/keyword"];
    assert_eq!(names, all);
    let daily = &longshore::registry::Registry::collect().deployments[0];
    let values = daily.parameters.get().unwrap();
    assert_eq!(serde_json::Value::Object(values).to_string(), r#"{"region":"Eu","product":"tea"}"#);
}
