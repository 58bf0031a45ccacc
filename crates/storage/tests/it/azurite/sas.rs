//! Shared access signatures for a container, signed as Azure's "Create a service SAS" says (2020-12-06 and later).

use hmac::{Hmac, KeyInit as _, Mac as _};
use longshore_rig::AzuriteServer;
use sha2::Sha256;

const VERSION: &str = "2022-11-02";
const PERMISSIONS: &str = "rcwdl";

/// The value of the parameter `sig`.
pub(super) fn signature(container: &str, expires: &str) -> String {
    let account = AzuriteServer::ACCOUNT;
    let lines = [
        PERMISSIONS,
        "",
        expires,
        &format!("/blob/{account}/{container}"),
        "",
        "",
        "",
        VERSION,
        "c",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
    ];
    let key = azure_core::base64::decode(AzuriteServer::KEY).unwrap();
    let mut signer = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    signer.update(lines.join("\n").as_bytes());
    azure_core::base64::encode(signer.finalize().into_bytes())
}

/// A signature for one container, as a query.
pub(super) fn query(container: &str, expires: &str) -> String {
    let encode = |text: &str| {
        text.replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D")
            .replace(':', "%3A")
    };
    let (signature, expires) = (encode(&signature(container, expires)), encode(expires));
    format!("sv={VERSION}&sr=c&sp={PERMISSIONS}&se={expires}&sig={signature}")
}
