//! Whether one server keeps the poll interval of a hundred routers with a thousand tunnels each.

use super::{
    cast::{Cast, add_polled_router},
    farm::Farm,
    figure,
    reconcile::{cpu, inside},
};
use sallyport::store::records::RouterMode;
use sallyport_shared::time::Seconds;
use std::time::{Duration, Instant};

const ROUTERS: usize = 100;
const TUNNELS: usize = 1_000;
/// The interval that routers have unless somebody sets another one.
const POLL: Seconds = Seconds(5);
/// How long is measured.
const SPAN: Duration = Duration::from_secs(60);

pub(crate) async fn measure() {
    let mut farm = Farm::start(ROUTERS, TUNNELS);
    let cast = Cast::assemble().await;
    for number in 0..ROUTERS {
        let (address, tunnels) = farm.router();
        let router = add_polled_router(&cast.app, address, RouterMode::Enforce, POLL).await;
        let owner = i64::try_from(number).expect("small") + 1;
        inside(&cast, router, owner, &tunnels).await;
    }
    // Every router has been looked at with all its sessions known.
    while farm.looks().into_iter().min().unwrap_or(0) < 3 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let (before, spent, begun) = (farm.looks(), cpu(), Instant::now());
    tokio::time::sleep(SPAN).await;
    let (after, spent, lasted) = (farm.looks(), cpu() - spent, begun.elapsed());
    let fewest = after.iter().zip(&before).map(|(after, before)| after - before).min().unwrap_or(0);
    let interval = lasted.as_secs_f64() / f64::from(u32::try_from(fewest).expect("few").max(1));
    figure(
        "100 routers × 1,000 tunnels: time from look to look, the slowest router",
        interval * 1_000.0,
        "ms",
        "the poll interval is 5,000 ms; the simulated routers share the processors",
    );
    figure(
        "100 routers × 1,000 tunnels: processor time a second",
        spent.as_secs_f64() * 1_000.0 / lasted.as_secs_f64(),
        "ms CPU",
        "of the whole server, nothing changing",
    );
}
