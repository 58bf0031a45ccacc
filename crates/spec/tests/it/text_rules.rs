use crate::table::{accepts, refuses};
use longshore_spec::{
    EnvironmentVariableName, FlowPath, ImageReference, SecretReference, Slug, StorageUrl, TimeSpan,
    WorkQueueName,
};

#[test]
fn image_takes() {
    accepts::<ImageReference>(&[
        "flows",
        "flows:1.4.0",
        "ghcr.io/acme/flows:1.4.0",
        "localhost:5000/flows",
        "localhost/a/b",
        "acme/flows",
        "ghcr.io/acme/flows@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "ghcr.io/acme/flows:1@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        "a__b/c--d.e",
        "GHCR.io/acme/flows",
        "127.0.0.1:5000/x:y",
    ]);
}

#[test]
fn image_refuses() {
    refuses::<ImageReference>(&[
        (
            "",
            "the image reference is empty",
            "write `registry/path:tag`, such as `ghcr.io/acme/flows:1.4.0`",
        ),
        (
            "ghcr.io/acme/Flows:1.4.0",
            "image path: `Flows` has upper-case letters",
            "write `ghcr.io/acme/flows:1.4.0`",
        ),
        (
            "https://ghcr.io/acme/flows",
            "image: `https://` is a URL scheme, an image reference has none",
            "write `ghcr.io/acme/flows`",
        ),
        (
            "ghcr.io/acme/flows:1.4.0 ",
            "image: the character ` ` at position 25 is not allowed",
            "write `ghcr.io/acme/flows:1.4.0`",
        ),
        (
            "ghcr.io/acme/flöws",
            "image: the character `ö` at position 16 is not allowed",
            "write ASCII letters and digits without blanks, such as `ghcr.io/acme/flows:1.4.0`",
        ),
        (
            "ghcr.io//flows",
            "image path: `ghcr.io//flows` has an empty component",
            "remove the extra `/`",
        ),
        (
            "/flows",
            "image path: `/flows` has an empty component",
            "remove the extra `/`",
        ),
        (
            "flows/",
            "image path: `flows/` has an empty component",
            "remove the extra `/`",
        ),
        (
            "ghcr.io:port/flows",
            "image registry: `port` is not a port from 1 to 65535",
            "write `host:port/path`, such as `localhost:5000/flows`",
        ),
        (
            "ghcr.io:99999/flows",
            "image registry: `99999` is not a port from 1 to 65535",
            "write `host:port/path`, such as `localhost:5000/flows`",
        ),
        (
            "-ghcr.io/flows",
            "image registry: `-ghcr.io` is not a host name",
            "write a host name of letters, digits and inner hyphens, such as `ghcr.io`",
        ),
        (
            "ghcr..io/flows",
            "image registry: `ghcr..io` is not a host name",
            "write a host name of letters, digits and inner hyphens, such as `ghcr.io`",
        ),
        (
            "flows:",
            "image tag: nothing follows the `:`",
            "write a tag such as `1.4.0` or `latest`",
        ),
        (
            "flows:.1",
            "image tag: `.1` is not made of `A-Za-z0-9_.-`, the first no `.` or `-`",
            "write a tag such as `1.4.0` or `latest`",
        ),
        (
            "flows:a/b:c",
            "image registry: `a` is not a port from 1 to 65535",
            "write `host:port/path`, such as `localhost:5000/flows`",
        ),
        (
            "flows:1.4.0:2",
            "image tag: `1.4.0:2` is not made of `A-Za-z0-9_.-`, the first no `.` or `-`",
            "write a tag such as `1.4.0` or `latest`",
        ),
        (
            "flows:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "image tag: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` has 129 characters, 128 are allowed",
            "write a tag such as `1.4.0` or `latest`",
        ),
        (
            "flows@sha256:abc",
            "image digest: `sha256:abc` is not `sha256:` and 64 lower-case hexadecimal digits",
            "copy the digest as `docker images --digests` prints it",
        ),
        (
            "flows@md5:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "image digest: `md5:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is not `sha256:` and 64 lower-case hexadecimal digits",
            "copy the digest as `docker images --digests` prints it",
        ),
        (
            "flows@",
            "image digest: the empty text is not `sha256:` and 64 lower-case hexadecimal digits",
            "copy the digest as `docker images --digests` prints it",
        ),
        (
            "acme/-flows",
            "image path: `-flows` is not `a-z0-9` joined by `.`, `_`, `__` or `-`",
            "write lower-case letters and digits joined by `.`, `_`, `__` or `-`",
        ),
        (
            "acme/fl___ows",
            "image path: `fl___ows` is not `a-z0-9` joined by `.`, `_`, `__` or `-`",
            "write lower-case letters and digits joined by `.`, `_`, `__` or `-`",
        ),
        (
            "acme/a..b",
            "image path: `a..b` is not `a-z0-9` joined by `.`, `_`, `__` or `-`",
            "write lower-case letters and digits joined by `.`, `_`, `__` or `-`",
        ),
        (
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "image: registry and path have 256 characters, 255 are allowed",
            "use a shorter repository path",
        ),
    ]);
}

#[test]
fn name_takes() {
    accepts::<WorkQueueName>(&["kubernetes", "with blank", "Ærlig talt", "a:b"]);
}

#[test]
fn name_refuses() {
    refuses::<WorkQueueName>(&[
        (
            "",
            "the queue name is empty",
            "write a queue name of at least one character",
        ),
        (" x", "the queue name ` x` starts with a blank", "write `x`"),
        ("x ", "the queue name `x ` ends with a blank", "write `x`"),
        (
            "a/b",
            "the queue name `a/b` has the character `/` at position 2",
            "write `a-b`",
        ),
        (
            "50%",
            "the queue name `50%` has the character `%` at position 3",
            "write `50`",
        ),
        (
            "a & b",
            "the queue name `a & b` has the character `&` at position 3",
            "write `a - b`",
        ),
        (
            "<x>",
            "the queue name `<x>` has the character `<` at position 1",
            "write `x`",
        ),
        (
            "a\tb",
            "the queue name `a\\tb` has the control character `\\t` at position 2",
            "write `a-b`",
        ),
        (
            "a\u{85}b",
            "the queue name `a\\u{85}b` has the control character `\\u{85}` at position 2",
            "write `a-b`",
        ),
        (
            "é/x",
            "the queue name `é/x` has the character `/` at position 2",
            "write `é-x`",
        ),
        (
            "/",
            "the queue name `/` has the character `/` at position 1",
            "write letters, digits or hyphens",
        ),
    ]);
}

#[test]
fn slug_takes() {
    accepts::<Slug>(&["main", "a-1", "1"]);
}

#[test]
fn slug_refuses() {
    refuses::<Slug>(&[
        (
            "",
            "the slug is empty",
            "write a slug of lower-case letters, digits and hyphens, such as `main`",
        ),
        (
            "Main",
            "the slug `Main` has the character `M` at position 1",
            "write `main`",
        ),
        (
            "first_run",
            "the slug `first_run` has the character `_` at position 6",
            "write `first-run`",
        ),
        ("-a", "the slug `-a` starts or ends with `-`", "write `a`"),
        ("a-", "the slug `a-` starts or ends with `-`", "write `a`"),
        (
            "nightly run",
            "the slug `nightly run` has the character ` ` at position 8",
            "write `nightly-run`",
        ),
        (
            "é",
            "the slug `é` has the character `é` at position 1",
            "write a slug of lower-case letters, digits and hyphens, such as `main`",
        ),
        (
            "--",
            "the slug `--` starts or ends with `-`",
            "write a slug of lower-case letters, digits and hyphens, such as `main`",
        ),
    ]);
}

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

#[test]
fn variable_takes() {
    accepts::<EnvironmentVariableName>(&["PATH", "_x1"]);
}

#[test]
fn variable_refuses() {
    refuses::<EnvironmentVariableName>(&[
        (
            "",
            "the name of the environment variable is empty",
            "write letters, digits and `_`, the first no digit",
        ),
        (
            "1A",
            "the name of the environment variable `1A` starts with a digit",
            "write `_1A`",
        ),
        (
            "A-B",
            "the name of the environment variable `A-B` has the character `-` at position 2",
            "write `A_B`",
        ),
        (
            "A B",
            "the name of the environment variable `A B` has the character ` ` at position 2",
            "write `A_B`",
        ),
        (
            "é",
            "the name of the environment variable `é` has the character `é` at position 1",
            "write letters, digits and `_`, the first no digit",
        ),
        (
            "A=B",
            "the name of the environment variable `A=B` has the character `=` at position 2",
            "write `A_B`",
        ),
    ]);
}

#[test]
fn time_span_takes() {
    accepts::<TimeSpan>(&["90s", "1h30m", "500ms", "2d", "1d2h3m4s5ms", "0s", "05m"]);
}

#[test]
fn time_span_refuses() {
    refuses::<TimeSpan>(&[
        (
            "",
            "the time span is empty",
            "write a number and a unit, such as `90s` or `1h30m`",
        ),
        (
            "90",
            "time span: `90` has no unit",
            "write `90s`, `90m`, `90h` or `90d`",
        ),
        (
            "1.5h",
            "time span: `.5h` does not start with a whole number",
            "write `1h30m` for one and a half hours",
        ),
        (
            "1,5h",
            "time span: `,5h` does not start with a whole number",
            "write a number and a unit, such as `90s` or `1h30m`",
        ),
        (
            "h",
            "time span: `h` does not start with a whole number",
            "write a number and a unit, such as `90s` or `1h30m`",
        ),
        (
            "10min",
            "time span: `min` is not a unit",
            "write `m`; the units are `ms`, `s`, `m`, `h` and `d`",
        ),
        (
            "2 h",
            "time span: ` h` is not a unit",
            "write `h`; the units are `ms`, `s`, `m`, `h` and `d`",
        ),
        (
            "1w",
            "time span: `w` is not a unit",
            "write `7d`; the units are `ms`, `s`, `m`, `h` and `d`",
        ),
        (
            "30m1h",
            "time span: `h` comes after `m`",
            "write each unit once, the largest first, such as `1h30m`",
        ),
        (
            "1h1h",
            "time span: `h` comes after `h`",
            "write each unit once, the largest first, such as `1h30m`",
        ),
        (
            "-5s",
            "time span: `-5s` does not start with a whole number",
            "write a number and a unit, such as `90s` or `1h30m`",
        ),
        (
            "999999d",
            "time span: `999999d` is longer than 100000 days",
            "write at most `100000d`",
        ),
        (
            "5x",
            "time span: `x` is not a unit",
            "the units are `ms`, `s`, `m`, `h` and `d`",
        ),
        (
            "1h30",
            "time span: `30` has no unit",
            "write `30s`, `30m`, `30h` or `30d`",
        ),
    ]);
}
