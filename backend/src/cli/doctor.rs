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
    let mut open = Vec::new();
    for router in &routers {
        if !look(app, router, &arguments).await {
            open.push(router.name.as_str());
        }
    }
    if open.is_empty() { Ok(()) } else { Err(Failure::Other(format!("look at {}", open.join(", ")))) }
}

/// Looks at one router; true if its box holds and nothing is dangerous.
async fn look(app: &App, router: &RouterRecord, arguments: &Arguments) -> bool {
    println!("{}", router.name);
    match doctor::visit(app, router).await {
        Ok(visit) => {
            tell(&visit.report, Language::from_tag(&arguments.language), arguments.all);
            visit.report.box_holds
                && visit.report.findings.iter().all(|finding| finding.severity != Severity::Danger)
        }
        Err(error) => {
            println!("  DANGER   {error}");
            false
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
    if report.box_holds {
        println!(
            "  OK       {}",
            if language == Language::Ru { "Песочница закрыта" } else { "The box holds" }
        );
    }
}
