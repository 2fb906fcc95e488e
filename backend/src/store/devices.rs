//! Which device a router is, and which router works it: one device is worked for one router only.

use super::{
    Result, Tx,
    conn::on,
    schema::routers,
    text::{AsText, Place},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sallyport_shared::ids::RouterId;
use std::collections::{HashMap, HashSet};

/// The device that was found behind a router's address last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundDevice {
    /// By what it is known.
    pub device: String,
    /// At which address it was found.
    pub place: String,
}

impl Tx {
    /// The device that was found behind a router's address last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn found_device(&mut self, id: RouterId) -> Result<Option<FoundDevice>> {
        let id = id.as_text();
        let found: Option<(Option<String>, Option<String>)> = on!(self.conn(), |c| routers::table
            .find(&id)
            .select((routers::found_device, routers::device_place))
            .first(c)
            .await
            .optional())?;
        let found = found.and_then(|(device, place)| device.zip(place));
        Ok(found.map(|(device, place)| FoundDevice { device, place }))
    }

    /// The other router that works a device. One that is deleted or switched off works nothing.
    pub async fn worker_of_device(
        &mut self,
        device: &str,
        besides: RouterId,
    ) -> Result<Option<(RouterId, String)>> {
        let besides = besides.as_text();
        let works = routers::enabled.and(routers::deleted_at.is_null());
        let row: Option<(String, String)> = on!(self.conn(), |c| routers::table
            .filter(routers::device.eq(device).and(routers::id.ne(&besides)).and(works))
            .select((routers::id, routers::name))
            .first(c)
            .await
            .optional())?;
        row.map(|(id, name)| Ok((Place::new("routers", &id).text("id", &id)?, name))).transpose()
    }

    /// The routers that are switched on and whose device another one works: nothing is done for them.
    pub async fn second_entries(&mut self) -> Result<HashSet<RouterId>> {
        let works = routers::enabled.and(routers::deleted_at.is_null());
        let rows: Vec<(String, Option<String>, Option<String>)> = on!(self.conn(), |c| routers::table
            .filter(works)
            .select((routers::id, routers::found_device, routers::device))
            .load(c)
            .await)?;
        let workers: HashMap<&str, &str> =
            rows.iter().filter_map(|(id, _, device)| Some((device.as_deref()?, id.as_str()))).collect();
        let worker = |found: &Option<String>| workers.get(found.as_deref()?).copied();
        let second = rows.iter().filter(|(id, found, _)| worker(found).is_some_and(|other| other != id));
        second.map(|(id, ..)| Place::new("routers", id).text("id", id)).collect()
    }

    /// Writes down which device was found behind a router's address and, `works`, that this router works it from now on:
    /// others that had it and work nothing any more lose it. Without `works` it works none.
    ///
    /// # Errors
    /// [`super::StoreError::Conflict`]: another router works it, as of this moment.
    pub async fn set_device(&mut self, id: RouterId, found: &FoundDevice, works: bool) -> Result<()> {
        let id = id.as_text();
        let idle = routers::enabled.eq(false).or(routers::deleted_at.is_not_null());
        let former = routers::device.eq(&found.device).and(routers::id.ne(&id)).and(idle);
        on!(self.conn(), |c| diesel::update(routers::table.filter(former))
            .set(routers::device.eq(None::<String>))
            .execute(c)
            .await)?;
        on!(self.conn(), |c| diesel::update(routers::table.find(&id))
            .set((
                routers::found_device.eq(&found.device),
                routers::device.eq(works.then_some(&found.device)),
                routers::device_place.eq(&found.place),
            ))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Writes down that what is behind a router's address does not tell which device it is: the router works none that
    /// another one might.
    pub async fn forget_device(&mut self, id: RouterId) -> Result<()> {
        let id = id.as_text();
        on!(self.conn(), |c| diesel::update(routers::table.find(&id))
            .set((
                routers::found_device.eq(None::<String>),
                routers::device.eq(None::<String>),
                routers::device_place.eq(None::<String>),
            ))
            .execute(c)
            .await)?;
        Ok(())
    }
}
