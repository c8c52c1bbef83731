//! Hands that answer from a closure, and hold the rules of their port.
//!
//! Every deed is kept. What breaks a rule (a grant used twice, a step that the plan was not granted for) is refused and
//! kept in [`ScriptedHands::breaches`]; what no script answers is an answer that nobody knows, as from a server that is
//! gone, and kept there too: an invented effect would let a test pass for the wrong reason.

use async_trait::async_trait;
use domain::action::ActCall;
use domain::envelope::{Failure, FailureKind};
use domain::observed::acted::Acted;
use domain::plan::Granted;
use ports::hands::{ActError, Hands, Step};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// One call of a granted plan, as it was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// The environment.
    pub environment: String,
    /// Digest of the plan.
    pub plan: String,
    /// The permission that it used up.
    pub grant: String,
    /// Which step.
    pub step: Step,
    /// The call of that step.
    pub call: ActCall,
}

/// One rehearsal.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsed {
    /// The environment.
    pub environment: String,
    /// The call.
    pub call: ActCall,
    /// Why.
    pub reason: String,
}

type Answer<T, R> = Box<dyn Fn(&T) -> Option<R> + Send + Sync>;

/// The hands, scripted.
pub struct ScriptedHands {
    acts: Answer<Deed, Result<Acted, ActError>>,
    rehearsals: Answer<Rehearsed, Result<Acted, Failure>>,
    deeds: Mutex<Vec<Deed>>,
    rehearsed: Mutex<Vec<Rehearsed>>,
    grants: Mutex<BTreeSet<String>>,
    breaches: Mutex<Vec<String>>,
}

impl ScriptedHands {
    /// Hands whose deeds the closure answers; they rehearse nothing.
    pub fn acting(answer: impl Fn(&Deed) -> Option<Result<Acted, ActError>> + Send + Sync + 'static) -> Self {
        Self {
            acts: Box::new(answer),
            rehearsals: Box::new(|_| None),
            deeds: Mutex::default(),
            rehearsed: Mutex::default(),
            grants: Mutex::default(),
            breaches: Mutex::default(),
        }
    }

    /// The same, whose rehearsals the closure answers.
    #[must_use]
    pub fn rehearsing(
        mut self,
        answer: impl Fn(&Rehearsed) -> Option<Result<Acted, Failure>> + Send + Sync + 'static,
    ) -> Self {
        self.rehearsals = Box::new(answer);
        self
    }

    /// The deeds so far, in the order in which they began.
    pub fn deeds(&self) -> Vec<Deed> {
        self.deeds.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The rehearsals so far.
    pub fn rehearsed(&self) -> Vec<Rehearsed> {
        self.rehearsed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What broke a rule of the port, or had no answer.
    pub fn breaches(&self) -> Vec<String> {
        self.breaches.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn breach(&self, what: String) -> Failure {
        self.breaches.lock().unwrap_or_else(PoisonError::into_inner).push(what.clone());
        Failure::new(FailureKind::Refused, what)
    }

    fn deed(&self, granted: &Granted, step: Step, grant: &str) -> Result<Deed, Failure> {
        if grant.is_empty() || !self.grants.lock().unwrap_or_else(PoisonError::into_inner).insert(grant.to_owned()) {
            return Err(self.breach(format!("the grant {grant:?} was used already")));
        }
        let call = match &step {
            Step::Forward { .. } => granted.forward(),
            Step::Undo { .. } => granted.backward(),
        };
        let call = call.cloned().ok_or_else(|| self.breach(format!("the plan is not granted for {step:?}")))?;
        let environment = granted.plan().environment.clone();
        Ok(Deed { environment, plan: granted.digest().to_owned(), grant: grant.to_owned(), step, call })
    }
}

#[async_trait]
impl Hands for ScriptedHands {
    async fn rehearse(&self, environment: &str, call: &ActCall, reason: &str) -> Result<Acted, Failure> {
        let asked = Rehearsed { environment: environment.to_owned(), call: call.clone(), reason: reason.to_owned() };
        self.rehearsed.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());
        match (self.rehearsals)(&asked) {
            Some(Ok(acted)) if !acted.dry_run => Err(self.breach("a rehearsal was answered with a change".to_owned())),
            Some(answer) => answer,
            None => Err(self.breach(format!("no script rehearses {}", call.tool))),
        }
    }

    async fn act(&self, granted: &Granted, step: Step, grant: &str) -> Result<Acted, ActError> {
        let deed = self.deed(granted, step, grant).map_err(ActError::Refused)?;
        self.deeds.lock().unwrap_or_else(PoisonError::into_inner).push(deed.clone());
        (self.acts)(&deed).unwrap_or_else(|| {
            let failure = self.breach(format!("no script answers {} of {}", deed.call.tool, deed.call.server));
            Err(ActError::Unknown(Failure { kind: FailureKind::Unreachable, ..failure }))
        })
    }
}
