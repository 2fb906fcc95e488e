//! The simulated routers, in a process of their own, so that their work is not counted.

use super::cast::ALLOW;
use sallyport_shared::session::{Boot, Tunnel};
use sim::routeros::RouterSim;
use std::{
    io::{BufRead, BufReader, Lines, Write},
    net::SocketAddr,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// The argument with which this program is the routers; how many, and with how many tunnels each, follows.
pub(crate) const ARGUMENT: &str = "routers";

/// This process is the routers: it prints what they are, and at each line that it reads, how often each was looked at.
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
        for _ in std::io::stdin().lines().map_while(Result::ok) {
            let looks: Vec<String> = routers.iter().map(|router| looks_at(router).to_string()).collect();
            writeln!(out, "{}", looks.join(" ")).expect("somebody listens");
            out.flush().expect("somebody listens");
        }
    })
    .await
    .expect("waited");
}

/// Lets every tunnel of a router through, and prints where the router is and what tunnels it has.
fn tell(router: &RouterSim, out: &mut impl Write) {
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
}

fn looks_at(router: &RouterSim) -> usize {
    router.journal().iter().filter(|entry| entry.command == "/ppp/active/print").count()
}

/// The process with the routers; it ends with this.
pub(crate) struct Farm {
    child: Child,
    input: Option<ChildStdin>,
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
        Self { child, input, output }
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

    /// How often each router was looked at so far.
    pub(crate) fn looks(&mut self) -> Vec<u64> {
        writeln!(self.input.as_mut().expect("it is taken at the end"), "count")
            .expect("the routers' process lives");
        self.line().split(' ').map(|count| count.parse().expect("a number")).collect()
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
