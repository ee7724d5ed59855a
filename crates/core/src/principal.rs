//! Who a client is and what it may do. How that is found out is not known here.

mod form;

use std::{collections::BTreeSet, fmt, sync::Arc};

use jiff::Timestamp;

pub use self::form::InvalidPermissions;
use crate::owner;

/// Who a client is and what it may do. A cheap handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The user; `None` for a backend that acts for nobody in particular.
    pub subject: Option<Arc<str>>,
    /// Which backend it is, where no subject says who it is: the same for all its credentials, and
    /// for nobody else's. `None` where nobody is told apart.
    pub backend: Option<Arc<str>>,
    /// What it may do.
    pub permissions: Arc<Permissions>,
    /// When the credentials end; `None` where they don't.
    pub expires_at: Option<Timestamp>,
}

/// What may be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// Which verbs.
    pub verbs: BTreeSet<Verb>,
    /// Which names in the catalog may be started.
    pub workflows: Allowed,
    /// Whether workflows may be started by type and task queue, past the catalog.
    pub any_workflow_type: bool,
    /// Whether all verbs may name the workflow ids that belong to the subject.
    pub own_workflows: bool,
    /// Which other workflow ids all verbs may name.
    pub workflow_ids: Allowed,
    /// Whether inputs and intermediate results may be seen. What a workflow says of itself, its
    /// stream items, and what it came to can be seen in any case.
    pub payloads: bool,
    /// Whether visibility may be asked a query of the client's own. It finds no more than `ids`
    /// allows.
    pub visibility_queries: bool,
    /// Whether it may act for any user: start workflows that belong to them, ask for tickets in
    /// their name, and connect as them.
    pub any_user: bool,
}

/// Which names are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Any.
    All,
    /// These and no others.
    Only(BTreeSet<String>),
}

macro_rules! verbs {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*) => {
        /// What can be done with workflows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Verb {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Verb {
            /// Every verb there is.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The verb as it stands in claims and messages.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

verbs! {
    /// Start a workflow.
    Start = "start",
    /// Read a workflow's events.
    Subscribe = "subscribe",
    /// Send a signal.
    Signal = "signal",
    /// Ask a query.
    Query = "query",
    /// Send an update.
    Update = "update",
    /// Ask a workflow to cancel itself.
    Cancel = "cancel",
    /// End a workflow.
    Terminate = "terminate",
    /// See how a workflow stands.
    Describe = "describe",
    /// See which workflows there are.
    List = "list",
    /// Wait for what a workflow comes to.
    Result = "result",
    /// Ask for a ticket.
    Ticket = "ticket",
}

impl Verb {
    /// The verb of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|verb| verb.as_str() == name)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Permissions {
    /// Everything: for development, where nobody is asked who they are.
    pub fn all() -> Self {
        Self {
            verbs: Verb::ALL.iter().copied().collect(),
            workflows: Allowed::All,
            any_workflow_type: true,
            own_workflows: true,
            workflow_ids: Allowed::All,
            payloads: true,
            visibility_queries: true,
            any_user: true,
        }
    }

    /// Nothing.
    pub fn none() -> Self {
        Self {
            verbs: BTreeSet::new(),
            workflows: Allowed::none(),
            any_workflow_type: false,
            own_workflows: false,
            workflow_ids: Allowed::none(),
            payloads: false,
            visibility_queries: false,
            any_user: false,
        }
    }

    /// What a user may do unless their credentials say otherwise: every verb, on what belongs to
    /// them, started by any name of the catalog.
    pub fn own() -> Self {
        Self {
            verbs: Verb::ALL.iter().copied().collect(),
            workflows: Allowed::All,
            any_workflow_type: false,
            own_workflows: true,
            workflow_ids: Allowed::none(),
            payloads: false,
            visibility_queries: false,
            any_user: false,
        }
    }

    /// Takes away what reaches beyond the workflows of the subject, and the catalog.
    pub fn narrow_to_own(&mut self) {
        self.any_workflow_type = false;
        self.own_workflows = true;
        self.workflow_ids = Allowed::none();
        self.visibility_queries = false;
        self.any_user = false;
    }
}

impl Allowed {
    /// None at all.
    pub fn none() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// What both allow.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, other) => other.clone(),
            (one, Self::All) => one.clone(),
            (Self::Only(one), Self::Only(other)) => Self::Only(one & other),
        }
    }

    /// Whether that name is allowed.
    pub fn holds(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(name),
        }
    }
}

impl Principal {
    /// Nobody in particular, who may do everything.
    pub fn anyone() -> Self {
        Self {
            subject: None,
            backend: None,
            permissions: Arc::new(Permissions::all()),
            expires_at: None,
        }
    }

    /// Whether it may do that at all.
    pub fn may(&self, verb: Verb) -> bool {
        self.permissions.verbs.contains(&verb)
    }

    /// Whether it may name that workflow. For one that it may not, the answer must be the same as
    /// for one that is not there.
    pub fn may_name(&self, workflow_id: &str) -> bool {
        let owns = |subject: &Arc<str>| {
            self.permissions.own_workflows && owner::owns(subject, workflow_id)
        };
        self.permissions.workflow_ids.holds(workflow_id) || self.subject.as_ref().is_some_and(owns)
    }

    /// Whether it may act as that user: for them, who may name all that belongs to them.
    pub fn may_act_for(&self, user: &str) -> bool {
        let is_user = self.permissions.own_workflows && self.subject.as_deref() == Some(user);
        self.permissions.any_user || is_user
    }

    /// The subject whose workflows it may name.
    pub fn owner(&self) -> Option<&str> {
        self.subject
            .as_deref()
            .filter(|_| self.permissions.own_workflows)
    }

    /// Whether the credentials have ended.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}
