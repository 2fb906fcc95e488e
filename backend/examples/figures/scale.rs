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
    farm.looked(3).await;
    farm.run_down();
    let (before, spent, begun) = (farm.looks(), cpu(), Instant::now());
    tokio::time::sleep(SPAN).await;
    let (after, spent, lasted) = (farm.looks(), cpu() - spent, begun.elapsed());
    // From the last look before on, so that no gap is left out.
    let since = |(after, before): (&Vec<u64>, &Vec<u64>)| after[before.len() - 1..].to_vec();
    let looks: Vec<Vec<u64>> = after.iter().zip(&before).map(since).collect();
    figure(
        "100 routers × 1,000 tunnels: time from look to look, the mean of the slowest router",
        looks.iter().map(|times| mean_gap(times)).fold(0.0, f64::max),
        "ms",
        "the poll interval is 5,000 ms; the simulated routers share the processors",
    );
    figure(
        "100 routers × 1,000 tunnels: time from look to look, the longest of all",
        looks.iter().flat_map(|times| times.windows(2)).map(|two| ms(two[1] - two[0])).fold(0.0, f64::max),
        "ms",
        "allow entries are renewed meanwhile",
    );
    figure(
        "100 routers × 1,000 tunnels: processor time a second",
        spent.as_secs_f64() * 1_000.0 / lasted.as_secs_f64(),
        "ms CPU",
        "of the whole server, nothing changing",
    );
}

fn ms(micros: u64) -> f64 {
    Duration::from_micros(micros).as_secs_f64() * 1_000.0
}

/// The mean time from look to look; without two looks, the whole span.
fn mean_gap(times: &[u64]) -> f64 {
    match times {
        [first, .., last] => ms(last - first) / f64::from(u32::try_from(times.len() - 1).expect("few")),
        _ => SPAN.as_secs_f64() * 1_000.0,
    }
}
