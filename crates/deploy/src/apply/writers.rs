//! Carries out writes, several at once where that helps.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use longshore_prefect::Client;
use tokio::time::Instant;

use super::width::Width;

/// The end of a write: its number and what came of it.
type UnderWay<'a, R> = Pin<Box<dyn Future<Output = (usize, R)> + 'a>>;

/// Does `write` for each item and returns what came of them in the items' order.
///
/// Dropping the future ends what is under way; nothing goes on behind its back.
pub(super) async fn write_all<'a, T, R, F>(
    client: &Client,
    items: &'a [T],
    write: impl Fn(&'a T) -> F,
) -> Vec<R>
where
    F: Future<Output = R> + 'a,
    R: 'a,
{
    let start = Instant::now();
    let mut width = Width::new(client.quickest_answer());
    let mut pushbacks = client.pushbacks();
    let mut waiting = items.iter().enumerate();
    let mut under_way: Vec<UnderWay<'a, R>> = Vec::new();
    let mut ended = Vec::with_capacity(items.len());
    loop {
        while under_way.len() < width.writers()
            && let Some((number, item)) = waiting.next()
        {
            let writing = write(item);
            under_way.push(Box::pin(async move { (number, writing.await) }));
        }
        if under_way.is_empty() {
            break;
        }
        ended.push(next(&mut under_way).await);
        let so_far = client.pushbacks();
        width.ended(start.elapsed(), so_far > pushbacks);
        pushbacks = so_far;
    }
    ended.sort_by_key(|(number, _)| *number);
    ended.into_iter().map(|(_, outcome)| outcome).collect()
}

/// The next one that ends; all of them go on meanwhile.
async fn next<R>(under_way: &mut Vec<UnderWay<'_, R>>) -> (usize, R) {
    poll_fn(|context| {
        for at in 0..under_way.len() {
            if let Poll::Ready(ended) = under_way[at].as_mut().poll(context) {
                drop(under_way.swap_remove(at));
                return Poll::Ready(ended);
            }
        }
        Poll::Pending
    })
    .await
}
