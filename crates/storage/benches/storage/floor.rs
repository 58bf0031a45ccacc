//! The least that a server of Azure Blob Storage needs: the same blocks and blobs by bare requests.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use reqwest::{Client, RequestBuilder};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Failure, sas};

/// As the store does it.
const BLOCK: usize = 8 * 1024 * 1024;
const BLOCKS_AT_ONCE: usize = 4;

/// A container by a signature that is made before the clock starts.
pub(super) struct Floor {
    client: Client,
    signature: String,
    room: Arc<Semaphore>,
}

impl Floor {
    pub(super) fn new(container: &str) -> Result<Arc<Self>, Failure> {
        let tls = longshore_tls::client_config(longshore_tls::Trust::Nobody)?;
        let client = Client::builder()
            .no_proxy()
            .tls_backend_preconfigured(tls)
            .build()?;
        Ok(Arc::new(Self {
            client,
            signature: sas::query(container, "2099-01-01T00:00:00Z"),
            room: Arc::new(Semaphore::new(BLOCKS_AT_ONCE)),
        }))
    }

    pub(super) async fn put_file(self: &Arc<Self>, url: &str, file: &Path) -> Result<(), Failure> {
        let mut file = File::open(file).await?;
        let mut ids: Vec<String> = Vec::new();
        let mut sending = JoinSet::new();
        loop {
            let room = Arc::clone(&self.room).acquire_owned().await?;
            let mut block = Vec::with_capacity(BLOCK);
            (&mut file)
                .take(BLOCK as u64)
                .read_to_end(&mut block)
                .await?;
            if block.is_empty() {
                break;
            }
            if block.len() < BLOCK && ids.is_empty() {
                return self.put_blob(url, block).await;
            }
            // Six digits have no `+`, `/` or `=` in base64.
            let id = azure_core::base64::encode(format!("{:06}", ids.len()));
            let request = self.put(url, &format!("&comp=block&blockid={id}"), block);
            ids.push(id);
            sending.spawn(async move {
                let sent = send(request).await;
                drop(room);
                sent
            });
        }
        while let Some(sent) = sending.join_next().await {
            sent??;
        }
        let blocks: Vec<String> = ids
            .iter()
            .map(|id| format!("<Latest>{id}</Latest>"))
            .collect();
        let list = format!("<BlockList>{}</BlockList>", blocks.concat());
        send(self.put(url, "&comp=blocklist", list.into_bytes())).await
    }

    pub(super) async fn put_blob(&self, url: &str, content: Vec<u8>) -> Result<(), Failure> {
        send(
            self.put(url, "", content)
                .header("x-ms-blob-type", "BlockBlob"),
        )
        .await
    }

    fn put(&self, url: &str, operation: &str, content: Vec<u8>) -> RequestBuilder {
        let url = format!("{url}?{}{operation}", self.signature);
        self.client.put(url).body(content)
    }

    pub(super) async fn get(&self, url: &str, target: &Path) -> Result<(), Failure> {
        let url = format!("{url}?{}", self.signature);
        let answer = self.client.get(url).send().await?;
        let mut answer = answer.error_for_status()?;
        let mut file = std::fs::File::create(target)?;
        while let Some(bytes) = answer.chunk().await? {
            file.write_all(&bytes)?;
        }
        Ok(())
    }
}

async fn send(request: RequestBuilder) -> Result<(), Failure> {
    let answer = request.send().await?;
    let status = answer.status();
    let text = answer.text().await?;
    if status.is_success() {
        Ok(())
    } else {
        Err(format!("{status}: {text}").into())
    }
}
