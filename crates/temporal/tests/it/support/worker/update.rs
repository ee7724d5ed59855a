//! Updates: accepting, rejecting and completing them.

use prost::Message as _;
use temporalio_common::protos::temporal::api::{
    command::v1::Command,
    protocol::v1::{Message, message::SequencingId},
    update::v1::{Acceptance, Meta, Outcome, Rejection, Request, Response, outcome},
};

use super::{Worker, command, data};

impl Worker {
    /// Accepts the update of the next workflow task.
    pub(crate) async fn accept_update(&mut self) -> Accepted {
        let received = self.receive_update().await;
        let message = received.acceptance();
        self.answer_task(received.task_token, vec![order(&message)], vec![message])
            .await;
        Accepted(received.request.meta)
    }

    /// Accepts the update of the next workflow task and completes it at once.
    pub(crate) async fn complete_update(&mut self, outcome: Result<&str, &str>) {
        let received = self.receive_update().await;
        let accepted = received.acceptance();
        let completed = self.response(received.request.meta, outcome);
        let commands = vec![order(&accepted), order(&completed)];
        self.answer_task(received.task_token, commands, vec![accepted, completed])
            .await;
    }

    /// Rejects the update of the next workflow task, as a validator does.
    pub(crate) async fn reject_update(&mut self, reason: &str) {
        let received = self.receive_update().await;
        let rejection = Rejection {
            rejected_request_message_id: received.message_id,
            rejected_request_sequencing_event_id: received.event_id,
            rejected_request: Some(received.request.clone()),
            failure: Some(self.failure(reason)),
        };
        let message = message(received.request.meta, "Rejection", &rejection);
        self.answer_task(received.task_token, Vec::new(), vec![message])
            .await;
    }

    /// Completes an accepted update by the next workflow task.
    pub(crate) async fn finish_update(&mut self, accepted: Accepted, outcome: Result<&str, &str>) {
        let task = self.poll().await;
        let message = self.response(accepted.0, outcome);
        self.answer_task(task.task_token, vec![order(&message)], vec![message])
            .await;
    }

    fn response(&self, meta: Option<Meta>, outcome: Result<&str, &str>) -> Message {
        let value = match outcome {
            Ok(result) => outcome::Value::Success(self.json(result)),
            Err(why) => outcome::Value::Failure(self.failure(why)),
        };
        let response = Response {
            meta: meta.clone(),
            outcome: Some(Outcome { value: Some(value) }),
        };
        message(meta, "Response", &response)
    }

    async fn receive_update(&mut self) -> Received {
        let task = self.poll().await;
        let message = task.messages.into_iter().next().expect("an update");
        let Some(SequencingId::EventId(event_id)) = message.sequencing_id else {
            panic!("an update has a sequencing id")
        };
        let request = Request::decode(message.body.unwrap().value.as_slice()).unwrap();
        let args = request.input.clone().unwrap().args;
        assert_eq!(data(args), format!("{}[1]", self.prefix).into_bytes());
        Received {
            task_token: task.task_token,
            message_id: message.id,
            event_id,
            request,
        }
    }
}

/// An update that was accepted and is not completed yet.
pub(crate) struct Accepted(Option<Meta>);

/// An update that a workflow task delivered.
struct Received {
    task_token: Vec<u8>,
    message_id: String,
    event_id: i64,
    request: Request,
}

impl Received {
    fn acceptance(&self) -> Message {
        let acceptance = Acceptance {
            accepted_request_message_id: self.message_id.clone(),
            accepted_request_sequencing_event_id: self.event_id,
            accepted_request: Some(self.request.clone()),
        };
        message(self.request.meta.clone(), "Acceptance", &acceptance)
    }
}

fn message(meta: Option<Meta>, name: &str, value: &impl prost::Message) -> Message {
    let update_id = meta.unwrap().update_id;
    let mut message = Message {
        id: format!("{update_id}/{name}"),
        protocol_instance_id: update_id,
        ..Default::default()
    };
    let body = message.body.get_or_insert_default();
    body.type_url = format!("type.googleapis.com/temporal.api.update.v1.{name}");
    body.value = value.encode_to_vec();
    message
}

/// The command that orders the message among the task's other commands.
fn order(message: &Message) -> Command {
    let message_id = message.id.clone();
    command!(
        ProtocolMessage,
        ProtocolMessageCommandAttributes {
            message_id: message_id
        }
    )
}
