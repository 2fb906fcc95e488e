//! The simulated routers, in a process of their own, so that their work is not counted.

use super::cast::{ALLOW, is_look};
use sallyport_shared::session::{Boot, Tunnel};
use sim::routeros::RouterSim;
use std::{
    io::{BufRead, BufReader, Lines, Write},
    net::SocketAddr,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

/// The argument with which this program is the routers; how many, and with how many tunnels each, follows.
pub(crate) const ARGUMENT: &str = "routers";

/// This process is the routers: it prints what they are, and at each line that it reads, when each was looked at.
pub(crate) async fn be(counts: &[String]) {
    let mut counts = counts.iter().map(|count| count.parse::<usize>().expect("a number"));
    let (count, tunnels) = (counts.next().expect("how many"), counts.next().expect("with how many tunnels"));
    let mut out = std::io::stdout();
    let mut routers = Vec::with_capacity(count);
    for _ in 0..count {
        let router = RouterSim::builder().user("sallyport", "secret", "read,write,api").start().await;
        let router = router.expect("the router starts");
        router.populate(tunnels).expect("there are addresses enough");
        tell(&router, &mut out);
        routers.push(router);
    }
    out.flush().expect("somebody listens");
    // Until standard input is closed: with the one who asked.
    tokio::task::spawn_blocking(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if line == RUN_DOWN {
                routers.iter().zip(0..).for_each(|(router, number)| run_down(router, number));
            }
            for router in &routers {
                writeln!(out, "{}", looks_at(router)).expect("somebody listens");
            }
            out.flush().expect("somebody listens");
        }
    })
    .await
    .expect("waited");
}

const LISTS: &str = "ip/firewall/address-list";
/// What is asked for when the entries' time is to be nearly over.
const RUN_DOWN: &str = "run down";
/// What entries have left until then.
const LEASE: &str = "1d";

/// Leaves every entry a little time, as it is while somebody renews them; each router's are due at another time.
fn run_down(router: &RouterSim, number: u64) {
    let left = format!("{}s", 82 + number % 38);
    for entry in router.rows(LISTS) {
        router.set(LISTS, &entry.id, &[("timeout", &left)]).expect("the entry is there");
    }
}

/// Lets every tunnel of a router through, and prints where the router is and what tunnels it has.
fn tell(router: &RouterSim, out: &mut impl Write) {
    writeln!(out, "{}", router.addr()).expect("somebody listens");
    for tunnel in router.tunnels() {
        let comment = format!("sallyport:{}:{}", tunnel.name, tunnel.session_id);
        let address = tunnel.address.to_string();
        let entry = [("list", ALLOW), ("address", &address), ("comment", &comment), ("timeout", LEASE)];
        router.add(LISTS, &entry).expect("an allow entry");
        writeln!(out, "{} {} {} {}", tunnel.session_id, tunnel.name, tunnel.caller_id, tunnel.address)
            .expect("somebody listens");
    }
    writeln!(out, "end").expect("somebody listens");
}

/// When the looks at a router began.
fn looks_at(router: &RouterSim) -> String {
    let journal = router.journal();
    let looks = journal.iter().filter(|entry| is_look(entry));
    looks.map(|look| look.at.to_string()).collect::<Vec<_>>().join(" ")
}

/// The process with the routers; it ends with this.
pub(crate) struct Farm {
    child: Child,
    input: Option<ChildStdin>,
    routers: usize,
    output: Lines<BufReader<ChildStdout>>,
}

impl Farm {
    pub(crate) fn start(routers: usize, tunnels: usize) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args([ARGUMENT, &routers.to_string(), &tunnels.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the routers' process starts");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, input, routers, output }
    }

    fn line(&mut self) -> String {
        self.output.next().expect("the routers' process lives").expect("text")
    }

    /// The next router: where it is, and its tunnels.
    pub(crate) fn router(&mut self) -> (SocketAddr, Vec<Tunnel>) {
        let address = self.line().parse().expect("an address");
        let tunnels = std::iter::from_fn(|| Some(self.line()).filter(|line| line != "end"));
        (address, tunnels.map(|line| tunnel(&line)).collect())
    }

    /// From now on the allow entries have so little time left that they have to be renewed.
    pub(crate) fn run_down(&mut self) {
        self.ask(RUN_DOWN);
    }

    fn ask(&mut self, what: &str) -> Vec<Vec<u64>> {
        writeln!(self.input.as_mut().expect("it is taken at the end"), "{what}")
            .expect("the routers' process lives");
        let times = |line: String| line.split_whitespace().map(|at| at.parse().expect("a time")).collect();
        (0..self.routers).map(|_| self.line()).map(times).collect()
    }

    /// When each router was looked at so far, in microseconds since 1970.
    pub(crate) fn looks(&mut self) -> Vec<Vec<u64>> {
        self.ask("looks")
    }

    /// Waits until every router has been looked at so often.
    pub(crate) async fn looked(&mut self, times: usize) {
        while self.looks().iter().any(|looks| looks.len() < times) {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

impl Drop for Farm {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

fn tunnel(line: &str) -> Tunnel {
    let mut parts = line.split(' ').map(str::to_owned);
    let mut next = || parts.next().expect("four words");
    let (router_session_id, username) = (next(), next());
    Tunnel {
        boot: Boot::default(),
        router_session_id,
        username,
        service: "l2tp".to_owned(),
        caller_id: Some(next()),
        address: Some(next()),
    }
}
