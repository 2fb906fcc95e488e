//! `sallyport doctor`.

use super::Failure;
use crate::{app::App, ops::doctor, store::records::RouterRecord};
use clap::Args;
use sallyport_shared::{
    doctor::{Report, Severity},
    language::Language,
};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Its name in the console; all routers if none is given.
    router: Option<String>,
    /// Say it in this language: `en` or `ru`.
    #[arg(long, default_value = "en", value_parser = ["en", "ru"])]
    language: String,
    /// Name what is well, too.
    #[arg(long)]
    all: bool,
}

pub(super) async fn execute(app: &App, arguments: Arguments) -> Result<(), Failure> {
    let mut routers = app.store.read().await?.routers().await?;
    if let Some(name) = &arguments.router {
        routers.retain(|router| router.name == *name);
        if routers.is_empty() {
            return Err(Failure::Other(format!("no router is called {name}")));
        }
    }
    if routers.is_empty() {
        println!("{}", super::router::NONE);
    }
    let (mut open, mut unseen) = (Vec::new(), Vec::new());
    for router in &routers {
        match look(app, router, &arguments).await {
            Some(true) => {}
            Some(false) => open.push(router.name.as_str()),
            None => unseen.push(router.name.as_str()),
        }
    }
    match (open.as_slice(), unseen.as_slice()) {
        ([], []) => Ok(()),
        ([], unseen) => Err(Failure::Other(format!("could not look at {}", unseen.join(", ")))),
        (open, _) => Err(Failure::BoxOpen(open.join(", "))),
    }
}

/// Looks at one router: does its box hold? None: that could not be seen.
async fn look(app: &App, router: &RouterRecord, arguments: &Arguments) -> Option<bool> {
    println!("{}", router.name);
    match doctor::visit(app, router).await {
        Ok(visit) => {
            tell(&visit.report, Language::from_tag(&arguments.language), arguments.all);
            Some(visit.report.box_holds)
        }
        Err(error) => {
            println!("  DANGER   {error}");
            None
        }
    }
}

fn tell(report: &Report, language: Language, all: bool) {
    let wanted = |severity| all || severity != Severity::Ok;
    for finding in report.findings.iter().filter(|finding| wanted(finding.severity)) {
        let words = finding.words(language);
        println!("  {:<8} {}\n           {}", finding.severity.name(), words.title, words.detail);
        for line in words.remedy.iter().flat_map(|remedy| remedy.lines()) {
            println!("           {line}");
        }
    }
    if let Some(finding) = report.held() {
        println!("  {:<8} {}", finding.severity.name(), finding.words(language).title);
    }
}
