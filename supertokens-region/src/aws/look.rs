//! One look at AWS: what several readers need of a region is read once, however many ask for it, and whenever they do.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::Aws;
use crate::error::Error;

/// What is read of a region as a whole, whatever is wanted of it: a list with all its pages.
pub(crate) trait Listing: Sized + Send + Sync + 'static {
    /// Reads it.
    fn read(aws: &Aws, region: &str) -> impl Future<Output = Result<Self, Error>> + Send;
}

/// As long after a look began, what it saw is taken for what is there without looking again. So nobody waits for a look
/// before each write of a run that begins at once; who thinks about the plan for longer has everything looked at again.
const LATELY: Duration = Duration::from_secs(30);

/// What was read by now, by type and region, and since when.
pub(super) struct Look {
    began: Instant,
    read: Mutex<HashMap<(TypeId, String), Arc<dyn Any + Send + Sync>>>,
}

type Read<L> = OnceCell<Result<Arc<L>, Error>>;

impl Look {
    fn of<L: Listing>(&self, region: &str) -> Arc<Read<L>> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (TypeId::of::<L>(), region.to_owned());
        let cell = read.entry(key).or_insert_with(|| Arc::<Read<L>>::default());
        match cell.clone().downcast() {
            Ok(cell) => cell,
            Err(_) => unreachable!("the key holds the list's type"),
        }
    }
}

impl Aws {
    /// A door for one look: each list is read once through it and its clones, and what was read is taken for what is there as
    /// long as it lives. For a script and the plan of what it describes, so that what both need is asked for once, and early.
    /// Never for what comes after a change.
    #[must_use]
    pub fn look(&self) -> Self {
        let look = Look { began: Instant::now(), read: Mutex::default() };
        Self { look: Some(Arc::new(look)), before: None, ..self.clone() }
    }

    /// The door for what comes after the look: it reads anew.
    #[must_use]
    pub(crate) fn afresh(&self) -> Self {
        Self { look: None, before: self.look.clone(), ..self.clone() }
    }

    /// The look that this door is for; a new one where it is for none.
    #[must_use]
    pub(crate) fn looking(&self) -> Self {
        if self.look.is_some() { self.clone() } else { self.look() }
    }

    /// Whether the look before this began a moment ago, so that what it saw can be relied on.
    pub(crate) fn looked_lately(&self) -> bool {
        self.before.as_ref().is_some_and(|look| look.began.elapsed() < LATELY)
    }

    /// A list of a region of something that runs of this tool don't make, and that hardly ever changes: as the look before
    /// this saw it, if that began a moment ago.
    pub(crate) async fn listed_lately<L: Listing>(&self, region: &str) -> Result<Arc<L>, Error> {
        match self.before.clone().filter(|_| self.looked_lately()) {
            Some(look) => Self { look: Some(look), ..self.clone() }.list(region).await,
            None => self.list(region).await,
        }
    }

    /// A list of a region: read now, unless that was done in this look.
    pub(crate) async fn list<L: Listing>(&self, region: &str) -> Result<Arc<L>, Error> {
        let read = async || L::read(self, region).await.map(Arc::new);
        match &self.look {
            Some(look) => look.of::<L>(region).get_or_init(read).await.clone(),
            None => read().await,
        }
    }
}
