use crate::table::{accepts, refuses};
use longshore_spec::ImageReference;

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
