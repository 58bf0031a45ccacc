//! Integration tests of the client.

mod csrf;
mod echoes;
mod endless;
mod logs;
mod pages;
mod proxies;
mod script;
mod sending;
mod target;
mod tls;
