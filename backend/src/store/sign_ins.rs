//! Sign-ins: families of refresh tokens, of which only hashes are kept.

use super::{
    Result, StoreError, Tx,
    admins::AdminRow,
    conn::on,
    records::{AdminRecord, Presented, Rotation, SignInRecord},
    schema::{admins, sign_ins},
    text::{AsText, Place, opt_text},
};
use diesel::{pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::{
    ids::AdminId,
    time::{Seconds, Timestamp},
};
use uuid::Uuid;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = sign_ins, check_for_backend(Pg, Sqlite))]
struct SignInRow {
    id: String,
    admin_id: String,
    token_hash: String,
    previous_hash: Option<String>,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
    address: Option<String>,
    user_agent: Option<String>,
}

impl TryFrom<SignInRow> for SignInRecord {
    type Error = StoreError;

    fn try_from(row: SignInRow) -> Result<Self> {
        let place = Place::new("sign_ins", &row.id);
        Ok(Self {
            id: place.text("id", &row.id)?,
            admin: place.text("admin_id", &row.admin_id)?,
            created_at: Timestamp::from_micros(row.created_at),
            last_used_at: Timestamp::from_micros(row.last_used_at),
            expires_at: Timestamp::from_micros(row.expires_at),
            revoked_at: row.revoked_at.map(Timestamp::from_micros),
            token_hash: row.token_hash,
            previous_hash: row.previous_hash,
            address: row.address,
            user_agent: row.user_agent,
        })
    }
}

/// The one [`SignInRecord`] that fulfils `$filter`.
macro_rules! one_sign_in {
    ($tx:expr, $filter:expr) => {{
        let row: Option<SignInRow> = on!($tx.conn(), |c| sign_ins::table
            .filter($filter)
            .select(SignInRow::as_select())
            .first(c)
            .await
            .optional())?;
        row.map(SignInRecord::try_from).transpose()
    }};
}

impl Tx {
    /// Keeps a new sign-in.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: there is one with this token.
    pub async fn insert_sign_in(&mut self, sign_in: &SignInRecord) -> Result<()> {
        let row = SignInRow {
            id: sign_in.id.as_text(),
            admin_id: sign_in.admin.as_text(),
            token_hash: sign_in.token_hash.clone(),
            previous_hash: sign_in.previous_hash.clone(),
            created_at: sign_in.created_at.micros(),
            last_used_at: sign_in.last_used_at.micros(),
            expires_at: sign_in.expires_at.micros(),
            revoked_at: sign_in.revoked_at.map(Timestamp::micros),
            address: sign_in.address.clone(),
            user_agent: sign_in.user_agent.clone(),
        };
        on!(self.conn(), |c| diesel::insert_into(sign_ins::table).values(&row).execute(c).await)?;
        Ok(())
    }

    /// The sign-in, revoked or not.
    pub async fn sign_in(&mut self, id: Uuid) -> Result<Option<SignInRecord>> {
        let id = id.as_text();
        one_sign_in!(self, sign_ins::id.eq(&id))
    }

    /// The sign-in, revoked or not, and whose it is, from one look.
    pub async fn sign_in_with_admin(&mut self, id: Uuid) -> Result<Option<(SignInRecord, AdminRecord)>> {
        let id = id.as_text();
        let row: Option<(SignInRow, AdminRow)> = on!(self.conn(), |c| sign_ins::table
            .inner_join(admins::table.on(admins::id.eq(sign_ins::admin_id)))
            .filter(sign_ins::id.eq(&id))
            .select((SignInRow::as_select(), AdminRow::as_select()))
            .first(c)
            .await
            .optional())?;
        row.map(|(sign_in, admin)| Ok((sign_in.try_into()?, admin.try_into()?))).transpose()
    }

    /// The sign-in that a token belongs to, revoked or not: the one that it names, or for a token that names none the
    /// one whose token it is or was last.
    pub async fn sign_in_presented(&mut self, presented: Presented<'_>) -> Result<Option<SignInRecord>> {
        if let Some(id) = presented.sign_in {
            return self.sign_in(id).await;
        }
        if let Some(current) = one_sign_in!(self, sign_ins::token_hash.eq(presented.hash))? {
            return Ok(Some(current));
        }
        let open = sign_ins::previous_hash.eq(presented.hash).and(sign_ins::revoked_at.is_null());
        one_sign_in!(self, open)
    }

    /// Exchanges a token for the one with `new_hash`, good until `expires_at`. A token that was exchanged longer than
    /// `leeway` ago, however often, revokes its family: commit that, too.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: the same token was exchanged by somebody else at the same moment; ask again.
    pub async fn rotate_sign_in(
        &mut self,
        presented: Presented<'_>,
        new_hash: &str,
        now: Timestamp,
        expires_at: Timestamp,
        leeway: Seconds,
    ) -> Result<Rotation> {
        let Some(mut family) = self.sign_in_presented(presented).await? else { return Ok(Rotation::Invalid) };
        if family.revoked_at.is_some() || family.expires_at <= now {
            return Ok(Rotation::Invalid);
        }
        if family.token_hash == presented.hash {
            return self.exchange(family, new_hash, now, expires_at).await.map(Rotation::Rotated);
        }
        let is_previous = family.previous_hash.as_deref() == Some(presented.hash);
        if is_previous && family.last_used_at.plus(leeway) > now {
            return Ok(Rotation::Recent(family));
        }
        self.revoke_sign_in(family.id, now).await?;
        family.revoked_at = Some(now);
        Ok(Rotation::Reused(family))
    }

    /// From where an administrator has signed in since `since`, ended or not; each address once.
    pub async fn sign_in_addresses(&mut self, admin: AdminId, since: Timestamp) -> Result<Vec<String>> {
        let admin = admin.as_text();
        let rows: Vec<Option<String>> = on!(self.conn(), |c| sign_ins::table
            .filter(sign_ins::admin_id.eq(&admin).and(sign_ins::created_at.gt(since.micros())))
            .select(sign_ins::address)
            .distinct()
            .limit(1_000)
            .load(c)
            .await)?;
        Ok(rows.into_iter().flatten().collect())
    }

    async fn exchange(
        &mut self,
        mut sign_in: SignInRecord,
        new_hash: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<SignInRecord> {
        let ours = sign_ins::id.eq(sign_in.id.as_text()).and(sign_ins::token_hash.eq(&sign_in.token_hash));
        let changed = on!(self.conn(), |c| diesel::update(sign_ins::table.filter(ours))
            .set((
                sign_ins::token_hash.eq(new_hash),
                sign_ins::previous_hash.eq(&sign_in.token_hash),
                sign_ins::last_used_at.eq(now.micros()),
                sign_ins::expires_at.eq(expires_at.micros()),
            ))
            .execute(c)
            .await)?;
        if changed == 0 {
            return Err(StoreError::conflict("sign_ins.token_hash"));
        }
        sign_in.previous_hash = Some(std::mem::replace(&mut sign_in.token_hash, new_hash.to_owned()));
        (sign_in.last_used_at, sign_in.expires_at) = (now, expires_at);
        Ok(sign_in)
    }

    /// Ends a sign-in. False: it was ended before, or there is none.
    pub async fn revoke_sign_in(&mut self, id: Uuid, now: Timestamp) -> Result<bool> {
        let open = sign_ins::id.eq(id.as_text()).and(sign_ins::revoked_at.is_null());
        let changed = on!(self.conn(), |c| diesel::update(sign_ins::table.filter(open))
            .set(sign_ins::revoked_at.eq(now.micros()))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// Ends all sign-ins of an administrator but `except`; gives how many.
    pub async fn revoke_sign_ins_of(
        &mut self,
        admin: AdminId,
        except: Option<Uuid>,
        now: Timestamp,
    ) -> Result<i64> {
        // No id is empty, so without an exception none is made.
        let except = opt_text(except.as_ref()).unwrap_or_default();
        let open = sign_ins::admin_id
            .eq(admin.as_text())
            .and(sign_ins::revoked_at.is_null())
            .and(sign_ins::id.ne(except));
        let changed = on!(self.conn(), |c| diesel::update(sign_ins::table.filter(open))
            .set(sign_ins::revoked_at.eq(now.micros()))
            .execute(c)
            .await)?;
        Ok(i64::try_from(changed).unwrap_or(i64::MAX))
    }

    /// The sign-ins of an administrator that are good, the last used first.
    pub async fn sign_ins_of(&mut self, admin: AdminId, now: Timestamp) -> Result<Vec<SignInRecord>> {
        let admin = admin.as_text();
        let rows: Vec<SignInRow> = on!(self.conn(), |c| sign_ins::table
            .filter(sign_ins::admin_id.eq(&admin).and(sign_ins::revoked_at.is_null()))
            .filter(sign_ins::expires_at.gt(now.micros()))
            .order((sign_ins::last_used_at.desc(), sign_ins::id))
            .select(SignInRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}
