//! The journal of the routers' set-ups: what was changed, so that it can be resumed and undone.

use super::{
    Result, Tx,
    conn::on,
    records::{SetupChange, SetupState},
    schema::setup_changes,
    text::{AsText, Place, texts},
};
use diesel::{pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::{ids::RouterId, time::Timestamp};
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = setup_changes, check_for_backend(Pg, Sqlite))]
struct ChangeRow {
    id: String,
    router_id: String,
    step: String,
    body_enc: Vec<u8>,
    state: String,
    created_at: i64,
}

impl TryFrom<ChangeRow> for SetupChange {
    type Error = super::StoreError;

    fn try_from(row: ChangeRow) -> Result<Self> {
        let place = Place::new("setup_changes", &row.id);
        Ok(Self {
            id: place.text("id", &row.id)?,
            router: place.text("router_id", &row.router_id)?,
            state: place.text("state", &row.state)?,
            created_at: Timestamp::from_micros(row.created_at),
            step: row.step,
            body_enc: row.body_enc,
        })
    }
}

impl Tx {
    /// Writes down that a change is about to be made; gives its id.
    pub async fn announce_setup_change(
        &mut self,
        router: RouterId,
        step: &str,
        body_enc: &[u8],
        now: Timestamp,
    ) -> Result<Uuid> {
        let id = self.fresh_id(now);
        on!(self.conn(), |c| diesel::insert_into(setup_changes::table)
            .values((
                setup_changes::id.eq(id.as_text()),
                setup_changes::router_id.eq(router.as_text()),
                setup_changes::step.eq(step),
                setup_changes::body_enc.eq(body_enc),
                setup_changes::state.eq(SetupState::Announced.as_text()),
                setup_changes::created_at.eq(now.micros()),
            ))
            .execute(c)
            .await)?;
        Ok(id)
    }

    /// Writes down that a change was made, with how it was read back. False: it does not stand any more.
    pub async fn setup_change_done(&mut self, id: Uuid, body_enc: &[u8]) -> Result<bool> {
        let standing = setup_changes::id.eq(id.as_text()).and(setup_changes::state.eq_any(standing()));
        let changed = on!(self.conn(), |c| diesel::update(setup_changes::table.filter(standing))
            .set((setup_changes::state.eq(SetupState::Done.as_text()), setup_changes::body_enc.eq(body_enc),))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// Writes down that a change does not stand any more, and why. False: it did not.
    pub async fn end_setup_change(&mut self, id: Uuid, state: SetupState, now: Timestamp) -> Result<bool> {
        let open = setup_changes::id.eq(id.as_text()).and(setup_changes::state.eq_any(standing()));
        let changed = on!(self.conn(), |c| diesel::update(setup_changes::table.filter(open))
            .set((setup_changes::state.eq(state.as_text()), setup_changes::ended_at.eq(now.micros())))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// The changes that stand or may stand on a router, in the order in which they were announced.
    pub async fn standing_setup_changes(&mut self, router: RouterId) -> Result<Vec<SetupChange>> {
        let rows: Vec<ChangeRow> = on!(self.conn(), |c| setup_changes::table
            .filter(setup_changes::router_id.eq(router.as_text()))
            .filter(setup_changes::state.eq_any(standing()))
            .order(setup_changes::id)
            .select(ChangeRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

fn standing() -> Vec<String> {
    texts(&[SetupState::Announced, SetupState::Done])
}
