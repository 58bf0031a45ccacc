//! The authority, certificates, keys and kubeconfigs of the cluster.

use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};

use super::write;
use crate::error::RigError;

/// Names of the API server; the first of its service addresses is among them.
const API_SERVER: [&str; 6] = [
    "127.0.0.1",
    "10.96.0.1",
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
];

/// A certificate with its key, in PEM.
struct Leaf {
    name: &'static str,
    certificate: String,
    key: String,
}

/// All certificates of a cluster.
pub(super) struct Certificates {
    authority: String,
    leaves: Vec<Leaf>,
    /// Key that signs the tokens of service accounts.
    tokens: KeyPair,
}

impl Certificates {
    pub(super) fn create() -> Result<Self, RigError> {
        Self::try_create().map_err(|source| RigError::Certificate(source.to_string()))
    }

    fn try_create() -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name = subject(None, "longshore-rig");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let leaf = |name, organization, common_name, names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let mut params = CertificateParams::new(names)?;
            params.distinguished_name = subject(organization, common_name);
            params.extended_key_usages = vec![
                ExtendedKeyUsagePurpose::ServerAuth,
                ExtendedKeyUsagePurpose::ClientAuth,
            ];
            let key = KeyPair::generate()?;
            let certificate = params.signed_by(&key, &authority)?;
            Ok::<Leaf, rcgen::Error>(Leaf {
                name,
                certificate: certificate.pem(),
                key: key.serialize_pem(),
            })
        };
        let leaves = vec![
            leaf("apiserver", None, "kube-apiserver", &API_SERVER)?,
            leaf("admin", Some("system:masters"), "admin", &["admin"])?,
            leaf(
                "kubelet",
                Some("system:nodes"),
                "system:node:localhost",
                &["localhost", "127.0.0.1"],
            )?,
        ];
        Ok(Self {
            authority: authority.pem(),
            leaves,
            tokens: KeyPair::generate()?,
        })
    }

    /// Writes `ca.crt`, `<name>.crt`, `<name>.key` and `<name>.conf` of each, `tokens.key` and `tokens.pub`.
    pub(super) fn write(&self, folder: &Path, port: u16) -> Result<(), RigError> {
        write(&folder.join("ca.crt"), &self.authority)?;
        write(&folder.join("tokens.key"), self.tokens.serialize_pem())?;
        write(&folder.join("tokens.pub"), self.tokens.public_key_pem())?;
        for leaf in &self.leaves {
            let file = |extension: &str| folder.join(format!("{}.{extension}", leaf.name));
            write(&file("crt"), &leaf.certificate)?;
            write(&file("key"), &leaf.key)?;
            write(&file("conf"), kubeconfig(folder, leaf.name, port))?;
        }
        Ok(())
    }
}

fn subject(organization: Option<&str>, common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    if let Some(organization) = organization {
        name.push(DnType::OrganizationName, organization);
    }
    name.push(DnType::CommonName, common_name);
    name
}

fn kubeconfig(folder: &Path, user: &str, port: u16) -> String {
    let file = |name: &str| folder.join(name).display().to_string();
    let config = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "rig", "cluster": {
            "server": format!("https://127.0.0.1:{port}"),
            "certificate-authority": file("ca.crt"),
        }}],
        "users": [{ "name": user, "user": {
            "client-certificate": file(&format!("{user}.crt")),
            "client-key": file(&format!("{user}.key")),
        }}],
        "contexts": [{ "name": "rig", "context": { "cluster": "rig", "user": user } }],
        "current-context": "rig",
    });
    config.to_string()
}
