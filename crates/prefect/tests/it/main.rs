//! Integration tests of the client.

mod csrf;
mod endless;
mod logs;
mod proxies;
mod script;
mod sending;
mod target;
mod tls;
