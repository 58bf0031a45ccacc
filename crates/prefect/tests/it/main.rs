//! Integration tests of the client.

mod csrf;
mod echoes;
mod pages;
mod proxies;
mod script;
mod sending;
mod target;
mod tls;
