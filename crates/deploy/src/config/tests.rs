use longshore_fuzz::{Target, assert_no_panic};

use super::*;

const FULL: &str = r#"
[workspace]
name = "acme-flows"

[defaults]
pool = "default"
queue = "kubernetes"
image = "ghcr.io/acme/flows:1.4.0"
storage = "artifacts"

[build]
target = "x86_64-unknown-linux-gnu"

[runner]
command = "/opt/longshore-run"

[pools.default]
type = "process"

[pools.cluster]
type = "kubernetes"
target = "aarch64-unknown-linux-gnu"

[azure]
account = "acmeflows"
managed_identity = "11111111-2222-3333-4444-555555555555"

[env.staging]
profile = "staging"
suffix = "-staging"
schedules = false

[env.staging.defaults]
queue = "slow"

[env.staging.override]
pool = "staging"
"#;

fn in_environment(text: &str, name: &str) -> Result<Config, EnvironmentError> {
    let text = format!("[workspace]\nname = \"acme\"\n{text}");
    Config::parse(&text)
        .unwrap()
        .in_environment(&name.parse().unwrap())
}

fn mistakes(text: &str) -> String {
    Config::parse(text)
        .expect_err("the text has a mistake")
        .to_string()
}

#[test]
fn every_section_of_the_design_is_read() {
    let config = Config::parse(FULL).unwrap();
    assert_eq!(config.owner_tag(), "longshore:acme-flows/default");
    assert_eq!(config.defaults.pool.as_ref().unwrap().as_str(), "default");
    assert_eq!(config.pool_type("cluster"), "kubernetes");
    assert_eq!(config.pool_type("unnamed"), "process");
    assert_eq!(
        config.pool_target("cluster"),
        Some("aarch64-unknown-linux-gnu")
    );
    assert_eq!(config.pool_target("default"), None);
    assert_eq!(config.azure.account.as_deref(), Some("acmeflows"));
    let identity = "11111111-2222-3333-4444-555555555555".to_owned();
    assert_eq!(
        config.azure.managed_identity,
        Some(ManagedIdentity::ClientId(identity))
    );
    assert_eq!(config.runner.as_deref(), Some("/opt/longshore-run"));
    assert_eq!(config.target.as_deref(), Some("x86_64-unknown-linux-gnu"));
}

#[test]
fn the_machines_own_identity_has_a_word() {
    let text = "[workspace]\nname = \"a\"\n[azure]\nmanaged_identity = \"system\"\n";
    let config = Config::parse(text).unwrap();
    let identity = config.azure.managed_identity;
    assert_eq!(identity, Some(ManagedIdentity::SystemAssigned));
}

#[test]
fn a_store_of_the_command_line_stands_between_attribute_and_file() {
    let config = |option: Option<&str>, variable: Option<&str>| {
        let option: Option<StorageUrl> = option.map(|option| option.parse().unwrap());
        let config = Config::parse(FULL).unwrap();
        config.with_storage(option.as_ref(), variable)
    };
    let chosen = |config: &Config, attribute: Option<&str>| {
        let attribute: Option<StorageUrl> = attribute.map(|text| text.parse().unwrap());
        let found = config.setting(attribute.as_ref(), |of| of.storage.as_ref());
        let found = found.unwrap();
        (found.value.to_string(), found.origin)
    };
    let both = config(Some("az://option"), Some("az://variable")).unwrap();
    let origin = |text: &str, origin: &str| (text.to_owned(), origin.to_owned());
    assert_eq!(chosen(&both, None), origin("az://option", "--storage"));
    assert_eq!(
        chosen(&both, Some("az://attribute")),
        origin("az://attribute", "#[deployment]")
    );
    let variable = config(None, Some("az://variable")).unwrap();
    assert_eq!(
        chosen(&variable, None),
        origin("az://variable", "LONGSHORE_STORAGE")
    );
    let empty = config(None, Some(" ")).unwrap();
    assert_eq!(chosen(&empty, None), origin("artifacts", "[defaults]"));
    let wrong = config(None, Some("s3://flows")).unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "the variable `LONGSHORE_STORAGE` names no artifact store"
    );
}

#[test]
fn the_name_alone_is_enough() {
    let config = Config::parse("[workspace]\nname = \"a\"\n").unwrap();
    assert_eq!(config.runner, None);
    assert_eq!(config.defaults, Defaults::default());
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_the_nearest_one() {
    let text = mistakes("[workspace]\nname = \"a\"\n[defaults]\n  quue = \"x\"\n[env.p.defauts]\n");
    assert_eq!(
        text,
        "error: longshore.toml:4:3: unknown key `quue` in [defaults]\n\
         help: write `queue`\n\
         error: longshore.toml:5:8: unknown key `defauts` in [env.p]\n\
         help: write `defaults`"
    );
}

#[test]
fn an_unknown_key_far_from_all_lists_the_known_ones() {
    let text = mistakes("[workspace]\nname = \"a\"\ncolour = \"red\"\n");
    assert!(
        text.contains("unknown key `colour` in [workspace]"),
        "{text}"
    );
    assert!(text.contains("help: known here: `name`"), "{text}");
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let text = mistakes(
        "[defaults]\npool = 3\nqueue = \"a/b\"\nimage = \"\"\n[pools.p]\n[workspace]\nname = \"a b\"\n",
    );
    for expected in [
        "longshore.toml:2:8: `pool` in [defaults] must be a text in quotes, not integer",
        "longshore.toml:3:9: `queue` in [defaults]: the queue name `a/b`",
        "help: write `a-b`",
        "`image` in [defaults]: the text is empty",
        "[pools.p] has no `type`",
        "`name` in [workspace]: `a b` has the character ` `",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

#[test]
fn a_missing_workspace_is_named() {
    let text = mistakes("");
    assert!(text.contains("has no `workspace`"), "{text}");
}

#[test]
fn broken_toml_is_placed() {
    let text = mistakes("[workspace]\nname = \n");
    assert!(text.starts_with("error: longshore.toml:2:"), "{text}");
}

#[test]
fn a_missing_file_says_what_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let text = Config::read(folder.path()).unwrap_err().to_string();
    assert!(text.contains("there is no `longshore.toml`"), "{text}");
    assert!(text.contains("name = \"acme-flows\""), "{text}");
}

#[test]
fn an_environment_has_a_tag_of_its_own() {
    let staging = Config::parse(FULL).unwrap();
    let staging = staging.in_environment(&"staging".parse().unwrap()).unwrap();
    assert_eq!(staging.owner_tag(), "longshore:acme-flows/staging");
    assert_eq!(staging.full_name(), "acme-flows/staging");
    assert_eq!(
        staging.known_owner_tags(),
        [
            "longshore:acme-flows/default",
            "longshore:acme-flows/staging"
        ]
    );
    assert_eq!(
        staging.environment.unwrap().summary(),
        "environment: staging (from [env.staging]): names end in `-staging`, schedules off, pool staging, \
         defaults of its own"
    );
}

#[test]
fn a_pattern_serves_every_name_that_fits() {
    let text = "[env.\"pr-*\"]\nsuffix = \"-{env}\"\n[env.\"pr-*\".override]\nimage_tag = \"{env}\"\n\
                [env.pr-1]\nsuffix = \"-first\"\n";
    let config = in_environment(text, "pr-123").unwrap();
    assert_eq!(config.owner_tag(), "longshore:acme/pr-123");
    assert_eq!(config.suffix(), "-pr-123");
    assert_eq!(
        config.environment.unwrap().summary(),
        "environment: pr-123 (from [env.\"pr-*\"]): names end in `-pr-123`, image tag pr-123"
    );
    assert_eq!(in_environment(text, "pr-1").unwrap().suffix(), "-first");
}

#[test]
fn an_unknown_environment_lists_the_known_ones() {
    let text = "[env.staging]\n[env.\"pr-*\"]\nsuffix = \"-{env}\"\n";
    let error = in_environment(text, "stagin").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no environment `stagin` in `longshore.toml`"
    );
    assert_eq!(
        error.help().unwrap(),
        "write `staging`; the file has `pr-*`, `staging`"
    );
    let error = in_environment("", "staging").unwrap_err();
    assert!(error.help().unwrap().contains("add a section"), "{error}");
}

#[test]
fn an_environment_that_fits_two_patterns_is_refused() {
    let text = "[env.\"pr-*\"]\nsuffix = \"-{env}\"\n[env.\"p*\"]\nsuffix = \"-{env}\"\n";
    let error = in_environment(text, "pr-1").unwrap_err();
    assert!(error.to_string().contains("fits both"), "{error}");
    assert!(in_environment(text, "p1").is_ok());
}

#[test]
fn mistakes_in_environments_are_found_before_they_are_used() {
    let text = mistakes(
        "[workspace]\nname = \"a\"\n[env.default]\n[env.\"a b\"]\n[env.\"*\"]\nsuffix = \"{env}\"\n\
         [env.\"pr-*\"]\nsuffix = \"-pr\"\n[env.s]\nsuffix = \"/s\"\n[env.s.override]\n\
         image_tag = \"-x\"\nimage_registry = \"acme\"\nimage_tga = \"1\"\n",
    );
    for expected in [
        "`default` stands for no environment",
        "the environment `a b` has ` ` at position 2",
        "the environment `*` has `*` at position 1",
        "serves several environments, whose deployments would have the same names\nhelp: write `suffix = \"-{env}\"`",
        "`suffix` in [env.s]: the deployment name `x/s` has the character `/`",
        "image tag: `-x` is not made of",
        "image registry: `acme` is not a host name",
        "unknown key `image_tga` in [env.s.override]\nhelp: write `image_tag`",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}

#[test]
fn configurations_bear_mutated_input() {
    assert_no_panic(&[Target {
        name: "files `longshore.toml`",
        seeds: &[
            FULL,
            "[workspace]\nname = 3\n[env.\"a b\"]\nsuffix = [\"x\"]\n",
        ],
        parse: &|text| {
            let environment = "staging".parse().unwrap();
            if let Ok(config) = Config::parse(text)
                && let Err(error) = config.in_environment(&environment)
            {
                let _ = (error.to_string(), error.help());
            }
        },
    }]);
}
