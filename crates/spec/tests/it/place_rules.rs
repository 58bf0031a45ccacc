use crate::table::{accepts, refuses};
use longshore_spec::{FlowPath, SecretReference, StorageUrl};

#[test]
fn path_takes() {
    accepts::<FlowPath>(&["projects/sales/report", "a", "a.b/..c"]);
}

#[test]
fn path_refuses() {
    refuses::<FlowPath>(&[
        (
            "",
            "the path is empty",
            "write a folder from the workspace root, such as `projects/sales/report`",
        ),
        (
            "/abs",
            "the path `/abs` is absolute",
            "write the folder from the workspace root without `..`, such as `projects/sales/report`",
        ),
        (
            "C:/x",
            "the path `C:/x` is absolute",
            "write the folder from the workspace root without `..`, such as `projects/sales/report`",
        ),
        ("a\\b", "the path `a\\b` has a backslash", "write `a/b`"),
        (
            "../x",
            "the path `../x` has the segment `..`",
            "write the folder from the workspace root without `..`, such as `projects/sales/report`",
        ),
        (
            "a/../b",
            "the path `a/../b` has the segment `..`",
            "write the folder from the workspace root without `..`, such as `projects/sales/report`",
        ),
        ("./a", "the path `./a` has the segment `.`", "write `a`"),
        (
            "a/./b",
            "the path `a/./b` has the segment `.`",
            "write `a/b`",
        ),
        (
            "a//b",
            "the path `a//b` has an empty segment",
            "write `a/b`",
        ),
        ("a/", "the path `a/` has an empty segment", "write `a`"),
        (
            "a\nb",
            "the path has the control character `\\n`",
            "remove the control character",
        ),
    ]);
}

#[test]
fn storage_takes() {
    accepts::<StorageUrl>(&[
        "az://flows",
        "az://flows/",
        "az://flows/a/b",
        ".longshore/artifacts",
        "/var/artifacts",
        "C:\\artifacts",
    ]);
}

#[test]
fn storage_refuses() {
    refuses::<StorageUrl>(&[
        (
            "az:/flows",
            "storage: `az:/` is not supported",
            "write `az://container/prefix`",
        ),
        (
            "AZ://flows",
            "storage: `AZ://` is not supported",
            "write `az://container/prefix`",
        ),
        (
            "",
            "the storage is empty",
            "write `az://container/prefix` or the path of a local folder",
        ),
        (
            "s3://bucket",
            "storage: `s3://` is not supported",
            "write `az://container/prefix` or the path of a local folder",
        ),
        (
            "file:///tmp",
            "storage: `file://` is not supported",
            "write the folder's path without the scheme",
        ),
        (
            "abfss://flows/x",
            "storage: `abfss://` is not supported",
            "write `az://container/prefix`",
        ),
        (
            "az://",
            "storage: the empty text is not a container name",
            "write 3 to 63 lower-case letters, digits and single hyphens, the first and last no hyphen",
        ),
        (
            "az://Flows",
            "storage: `Flows` is not a container name",
            "write 3 to 63 lower-case letters, digits and single hyphens, the first and last no hyphen",
        ),
        (
            "az://fl",
            "storage: `fl` is not a container name",
            "write 3 to 63 lower-case letters, digits and single hyphens, the first and last no hyphen",
        ),
        (
            "az://a--b",
            "storage: `a--b` is not a container name",
            "write 3 to 63 lower-case letters, digits and single hyphens, the first and last no hyphen",
        ),
        (
            "az://-ab",
            "storage: `-ab` is not a container name",
            "write 3 to 63 lower-case letters, digits and single hyphens, the first and last no hyphen",
        ),
        (
            "az://flows/../x",
            "storage: the folder within the container is not a relative path",
            "write folders with `/` between them and none after, such as `az://flows/team/nightly`",
        ),
        (
            "az://flows//x",
            "storage: the folder within the container is not a relative path",
            "write folders with `/` between them and none after, such as `az://flows/team/nightly`",
        ),
        (
            "az://flows/a/",
            "storage: the folder within the container is not a relative path",
            "write folders with `/` between them and none after, such as `az://flows/team/nightly`",
        ),
        (
            "a\nb",
            "storage: the folder has a control character",
            "remove the control character",
        ),
    ]);
}

#[test]
fn secret_takes() {
    accepts::<SecretReference>(&["keyvault:acme-vault/db-password", "block:db-password"]);
}

#[test]
fn secret_refuses() {
    refuses::<SecretReference>(&[
        (
            "",
            "secret: the empty text names no source",
            "write `keyvault:vault/name` or `block:name`",
        ),
        (
            "db-password",
            "secret: `db-password` names no source",
            "write `keyvault:vault/name` or `block:name`",
        ),
        (
            "keyvault:acme",
            "secret: `acme` is not `vault/name`",
            "write `keyvault:vault/name`",
        ),
        (
            "keyvault:acme/a/b",
            "secret: `acme/a/b` is not `vault/name`",
            "write `keyvault:vault/name`",
        ),
        (
            "keyvault:a1/x",
            "secret: `a1` is not the name of a key vault",
            "write 3 to 24 letters, digits and single hyphens, the first a letter, the last no hyphen",
        ),
        (
            "keyvault:1acme/x",
            "secret: `1acme` is not the name of a key vault",
            "write 3 to 24 letters, digits and single hyphens, the first a letter, the last no hyphen",
        ),
        (
            "keyvault:acme-/x",
            "secret: `acme-` is not the name of a key vault",
            "write 3 to 24 letters, digits and single hyphens, the first a letter, the last no hyphen",
        ),
        (
            "keyvault:acme/db_password",
            "secret: `db_password` is not the name of a secret in a key vault",
            "write `db-password`: letters, digits and hyphens",
        ),
        (
            "keyvault:acme/",
            "secret: the empty text is not the name of a secret in a key vault",
            "write 1 to 127 letters, digits and hyphens",
        ),
        (
            "block:",
            "secret: the empty text is not the name of a block",
            "write lower-case letters, digits and hyphens, as the block is named in Prefect",
        ),
        (
            "block:Db",
            "secret: `Db` is not the name of a block",
            "write lower-case letters, digits and hyphens, as the block is named in Prefect",
        ),
        (
            "env:X",
            "secret: `env:X` names no source",
            "write `keyvault:vault/name` or `block:name`",
        ),
    ]);
}
