//! Tells administrators in Telegram what they have to know: alerts, routers that go and come back, and what came of
//! it. What was told is in the database, so a restart neither repeats nor forgets.

use crate::{app::App, ops::alarms};
use sallyport_shared::time::Seconds;
use tokio_util::sync::CancellationToken;

/// The longest that is slept without looking, in case a hint was lost.
const LONGEST_NAP: Seconds = Seconds(5);

/// Tells until `stop`.
pub async fn run(app: App, stop: CancellationToken) {
    let bell = app.bus.alerts.clone();
    loop {
        let mut rung = std::pin::pin!(bell.notified());
        rung.as_mut().enable();
        let latest = app.clock.now().plus(LONGEST_NAP);
        let until = match alarms::tick(&app).await {
            Ok(next) => next.map_or(latest, |next| next.min(latest)),
            Err(error) => {
                tracing::error!(%error, "administrators could not be told of alerts; trying again");
                app.clock.now().plus(Seconds(1))
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = rung => {}
            () = app.clock.sleep_until(until) => {}
        }
    }
}
