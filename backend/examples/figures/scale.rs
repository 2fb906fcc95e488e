//! Whether one server keeps the poll interval of a hundred routers with a thousand tunnels each.

use super::{
    cast::{ALLOW, Cast, add_polled_router},
    figure,
    reconcile::{cpu, inside, tunnel},
};
use sallyport::store::records::RouterMode;
use sallyport_shared::{session::Tunnel, time::Seconds};
use sim::routeros::RouterSim;
use std::{
    io::{BufRead, BufReader, Lines, Write},
    net::SocketAddr,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

const ROUTERS: usize = 100;
const TUNNELS: usize = 1_000;
/// The interval that routers have unless somebody sets another one.
const POLL: Seconds = Seconds(5);
/// How long is measured.
const SPAN: Duration = Duration::from_secs(60);

/// Another process is the routers: prints what they are, and at each line that it reads, how often each was looked at.
pub(crate) async fn be_the_routers() {
    let mut out = std::io::stdout();
    let mut routers = Vec::with_capacity(ROUTERS);
    for _ in 0..ROUTERS {
        let router = RouterSim::builder().user("sallyport", "secret", "read,write,api").start().await;
        let router = router.expect("the router starts");
        router.populate(TUNNELS).expect("there are addresses enough");
        writeln!(out, "{}", router.addr()).expect("somebody listens");
        for tunnel in router.tunnels() {
            let comment = format!("sallyport:{}:{}", tunnel.name, tunnel.session_id);
            let address = tunnel.address.to_string();
            let entry = [("list", ALLOW), ("address", &address), ("comment", &comment), ("timeout", "1d")];
            router.add("ip/firewall/address-list", &entry).expect("an allow entry");
            writeln!(out, "{} {} {} {}", tunnel.session_id, tunnel.name, tunnel.caller_id, tunnel.address)
                .expect("somebody listens");
        }
        writeln!(out, "end").expect("somebody listens");
        routers.push(router);
    }
    out.flush().expect("somebody listens");
    // Until standard input is closed: with the one who asked.
    tokio::task::spawn_blocking(move || {
        for _ in std::io::stdin().lines().map_while(Result::ok) {
            let looks: Vec<String> = routers.iter().map(|router| looks_at(router).to_string()).collect();
            writeln!(out, "{}", looks.join(" ")).expect("somebody listens");
            out.flush().expect("somebody listens");
        }
    })
    .await
    .expect("waited");
}

fn looks_at(router: &RouterSim) -> usize {
    router.journal().iter().filter(|entry| entry.command == "/ppp/active/print").count()
}

/// The process with the routers.
struct Farm {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Farm {
    fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .arg("routers")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the routers' process starts");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, input, output }
    }

    fn line(&mut self) -> String {
        self.output.next().expect("the routers' process lives").expect("text")
    }

    fn router(&mut self) -> (SocketAddr, Vec<Tunnel>) {
        let address = self.line().parse().expect("an address");
        let tunnels = std::iter::from_fn(|| Some(self.line()).filter(|line| line != "end"));
        (address, tunnels.map(|line| tunnel(&line)).collect())
    }

    fn looks(&mut self) -> Vec<u64> {
        writeln!(self.input, "count").expect("the routers' process lives");
        self.line().split(' ').map(|count| count.parse().expect("a number")).collect()
    }
}

pub(crate) async fn measure() {
    let mut farm = Farm::start();
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
    let Farm { mut child, input, .. } = farm;
    drop(input);
    let _ = child.wait();
}
