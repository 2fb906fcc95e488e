//! `sallyport audit`.

use super::Failure;
use crate::{app::App, store::records::AuditRecord};
use clap::Subcommand;
use serde_json::json;
use std::io::Write;

/// How many rows are read at a time.
const BATCH: i64 = 500;

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Print everything that was done, oldest first, a JSON object a line.
    Export,
    /// Check that no row of the audit was changed or taken away.
    Verify,
}

pub(super) async fn execute(app: &App, command: Command) -> Result<(), Failure> {
    match command {
        Command::Export => export(app).await,
        Command::Verify => verify(app).await,
    }
}

async fn rows(app: &App, after: i64) -> Result<Vec<AuditRecord>, Failure> {
    Ok(app.store.read().await?.audit_chain(after, BATCH).await?)
}

async fn export(app: &App) -> Result<(), Failure> {
    let mut after = 0;
    let mut out = std::io::stdout().lock();
    loop {
        let batch = rows(app, after).await?;
        let Some(last) = batch.last() else { return Ok(()) };
        after = last.seq;
        for row in &batch {
            let line = json!({
                "seq": row.seq,
                "at": row.at.to_string(),
                "actor": row.event.actor,
                "action": row.event.action,
                "subject": row.event.subject,
                "detail": row.event.detail,
                "address": row.event.address,
                "hash": row.hash,
            });
            writeln!(out, "{line}").map_err(Failure::io("standard output"))?;
        }
    }
}

async fn verify(app: &App) -> Result<(), Failure> {
    let (mut after, mut previous) = (0, String::new());
    loop {
        let batch = rows(app, after).await?;
        let Some(last) = batch.last() else {
            println!("The chain is whole: {after} rows.");
            return Ok(());
        };
        for row in &batch {
            let expected = crate::store::audit_hash(&previous, row);
            if row.seq != after + 1 || row.hash != expected {
                return Err(Failure::Other(format!("The audit was changed at row {}.", after + 1)));
            }
            after = row.seq;
            previous.clone_from(&row.hash);
        }
        debug_assert_eq!(after, last.seq);
    }
}
