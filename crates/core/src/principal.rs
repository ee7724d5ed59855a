//! The identity and permissions of a client. How it authenticates is not known here.

use std::{collections::BTreeSet, fmt, sync::Arc};

use jiff::Timestamp;

use crate::owner;

/// The identity and permissions of a client. A cheap handle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The user; `None` for a backend that acts for no particular user.
    pub subject: Option<Arc<str>>,
    /// The identity of a backend without a subject: the same for all its credentials, and for no other
    /// client. `None` if clients are not distinguished.
    pub backend: Option<Arc<str>>,
    /// What it is permitted to do.
    pub permissions: Arc<Permissions>,
    /// When the credentials expire; `None` if they don't.
    pub expires_at: Option<Timestamp>,
}

/// What a client is permitted to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// The permitted verbs.
    pub verbs: BTreeSet<Verb>,
    /// The names of the catalog that it can start.
    pub workflows: Allowed,
    /// Whether it can start workflows by type and task queue, without the catalog.
    pub any_workflow_type: bool,
    /// Whether all verbs apply to the workflow ids that belong to the subject.
    pub own_workflows: bool,
    /// The other workflow ids to which all verbs apply.
    pub workflow_ids: Allowed,
    /// Whether it receives inputs and intermediate results. It receives stream items, the workflow's own
    /// messages and its result in any case.
    pub payloads: bool,
    /// Whether it can make visibility queries of its own. They find only workflows that
    /// `workflow_ids` allows.
    pub visibility_queries: bool,
    /// Whether it can act for any user: start workflows that belong to them, request tickets in their
    /// name, and connect as them.
    pub any_user: bool,
}

/// The allowed names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// All names.
    All,
    /// Only these.
    Only(BTreeSet<String>),
}

macro_rules! verbs {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal,)*) => {
        /// An operation on workflows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Verb {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Verb {
            /// Every verb.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name of the verb in claims and messages.
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
    /// Query a workflow.
    Query = "query",
    /// Send an update.
    Update = "update",
    /// Request cancellation of a workflow.
    Cancel = "cancel",
    /// Terminate a workflow.
    Terminate = "terminate",
    /// Describe a workflow.
    Describe = "describe",
    /// List workflows.
    List = "list",
    /// Wait for a workflow's result.
    Result = "result",
    /// Request a ticket.
    Ticket = "ticket",
}

impl Verb {
    /// Returns the verb of that name.
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
    /// All permissions: for development without authentication.
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

    /// No permissions.
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

    /// The default permissions of a user: every verb on their own workflows, which they can start by any
    /// name of the catalog.
    pub fn own() -> Self {
        Self {
            verbs: Verb::ALL.iter().copied().collect(),
            workflows: Allowed::All,
            own_workflows: true,
            ..Self::none()
        }
    }

    /// Removes permissions beyond the subject's own workflows and the catalog.
    pub fn narrow_to_own(&mut self) {
        self.any_workflow_type = false;
        self.own_workflows = true;
        self.workflow_ids = Allowed::none();
        self.visibility_queries = false;
        self.any_user = false;
    }
}

impl Allowed {
    /// No names.
    pub fn none() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// Returns the names that both allow.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, other) => other.clone(),
            (one, Self::All) => one.clone(),
            (Self::Only(one), Self::Only(other)) => Self::Only(one & other),
        }
    }

    /// Whether a name is allowed.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(name),
        }
    }
}

impl Principal {
    /// Returns a client without identity that has all permissions.
    pub fn anyone() -> Self {
        Self {
            subject: None,
            backend: None,
            permissions: Arc::new(Permissions::all()),
            expires_at: None,
        }
    }

    /// Whether it has permission for a verb.
    pub fn may(&self, verb: Verb) -> bool {
        self.permissions.verbs.contains(&verb)
    }

    /// Whether it can access a workflow. If not, the response must be the same as for a workflow that does
    /// not exist.
    pub fn may_name(&self, workflow_id: &str) -> bool {
        let owns = |subject: &Arc<str>| {
            self.permissions.own_workflows && owner::owns(subject, workflow_id)
        };
        self.permissions.workflow_ids.contains(workflow_id)
            || self.subject.as_ref().is_some_and(owns)
    }

    /// Whether it can act as a user: as that user itself, or for any user.
    pub fn may_act_for(&self, user: &str) -> bool {
        let is_user = self.permissions.own_workflows && self.subject.as_deref() == Some(user);
        self.permissions.any_user || is_user
    }

    /// The subject whose workflows it can access.
    pub fn owner(&self) -> Option<&str> {
        self.subject
            .as_deref()
            .filter(|_| self.permissions.own_workflows)
    }

    /// Whether the credentials have expired.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}
