//! Name resolution of Longshore's HTTP clients.
//!
//! A program that is linked dynamically resolves names as the system does. The statically linked one, which runs in an
//! image without a C library, has to do it by itself: with `/etc/hosts` and `/etc/resolv.conf`, as Kubernetes writes them.

#[cfg(any(test, all(target_env = "gnu", target_feature = "crt-static")))]
mod names;

/// Lets a client resolve names without the C library if the program is linked statically to glibc.
pub fn with_resolver(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    #[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
    let builder = builder.dns_resolver(std::sync::Arc::new(names::Names::of_system()));
    builder
}
