//! Container images from folders, as OCI archives (<https://github.com/opencontainers/image-spec>).

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{create, write};
use crate::command::checked;
use crate::error::RigError;

/// Writes an image whose only layer is the content of a folder.
pub(super) fn write_image(
    name: &str,
    content: &Path,
    entrypoint: &[&str],
    archive: &Path,
) -> Result<(), RigError> {
    let layout = archive.with_extension("oci");
    create(&layout.join("blobs/sha256"))?;
    let layer = archive.with_extension("layer");
    tar(content, &layer)?;
    let bytes = fs::read(&layer).map_err(|source| RigError::file(&layer, source))?;
    let layer_digest = sha256(&bytes);
    let config = json!({
        "architecture": architecture(),
        "os": "linux",
        "config": {
            "Entrypoint": entrypoint,
            "Env": ["PATH=/usr/local/bin:/usr/bin:/bin"],
        },
        "rootfs": { "type": "layers", "diff_ids": [layer_digest] },
    });
    let layer = blob(&layout, "application/vnd.oci.image.layer.v1.tar", &bytes)?;
    let config = config.to_string();
    let config = blob(
        &layout,
        "application/vnd.oci.image.config.v1+json",
        config.as_bytes(),
    )?;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config,
        "layers": [layer],
    });
    let mut manifest = blob(&layout, MANIFEST, manifest.to_string().as_bytes())?;
    manifest["annotations"] = json!({
        "io.containerd.image.name": name,
        "org.opencontainers.image.ref.name": name,
    });
    let index = json!({ "schemaVersion": 2, "manifests": [manifest] });
    write(&layout.join("index.json"), index.to_string())?;
    write(
        &layout.join("oci-layout"),
        r#"{"imageLayoutVersion":"1.0.0"}"#,
    )?;
    tar(&layout, archive)
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Stores a blob, and returns its descriptor.
fn blob(layout: &Path, media_type: &str, bytes: &[u8]) -> Result<Value, RigError> {
    let digest = sha256(bytes);
    let name = digest.trim_start_matches("sha256:");
    write(&layout.join("blobs/sha256").join(name), bytes)?;
    Ok(json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() }))
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hexadecimal: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hexadecimal}")
}

fn tar(folder: &Path, archive: &Path) -> Result<(), RigError> {
    let mut tar = Command::new("tar");
    tar.args(["--owner=0", "--group=0", "--numeric-owner", "-C"])
        .arg(folder)
        .arg("-cf")
        .arg(archive)
        .arg(".");
    checked("tar", tar.output(), super::INSTALL).map(drop)
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
