//! What the worker makes of updates.

use prost::Message as _;
use temporalio_common::protos::temporal::api::{
    command::v1::{Command, ProtocolMessageCommandAttributes, command::Attributes},
    enums::v1::CommandType,
    protocol::v1::{Message, message::SequencingId},
    update::v1::{Acceptance, Meta, Outcome, Rejection, Request, Response, outcome},
};

use super::{Worker, data};

impl Worker {
    /// Takes the next workflow task, which brings an update, and accepts it.
    pub(crate) async fn accept_update(&mut self) -> Accepted {
        let workflow_task_started = self.take_update().await;
        let message = workflow_task_started.acceptance();
        self.answer_task(
            workflow_task_started.task_token,
            vec![command(&message)],
            vec![message],
        )
        .await;
        Accepted(workflow_task_started.request.meta)
    }

    /// Accepts the update of the next workflow task and completes it in the same breath.
    pub(crate) async fn complete_update(&mut self, outcome: Result<&str, &str>) {
        let workflow_task_started = self.take_update().await;
        let accepted = workflow_task_started.acceptance();
        let completed = self.response(workflow_task_started.request.meta, outcome);
        let commands = vec![command(&accepted), command(&completed)];
        self.answer_task(
            workflow_task_started.task_token,
            commands,
            vec![accepted, completed],
        )
        .await;
    }

    /// Refuses the update of the next workflow task, as a validator does.
    pub(crate) async fn reject_update(&mut self, why: &str) {
        let workflow_task_started = self.take_update().await;
        let rejection = Rejection {
            rejected_request_message_id: workflow_task_started.message_id,
            rejected_request_sequencing_event_id: workflow_task_started.event_id,
            rejected_request: Some(workflow_task_started.request.clone()),
            failure: Some(self.failure(why)),
        };
        let message = message(workflow_task_started.request.meta, "Rejection", &rejection);
        self.answer_task(workflow_task_started.task_token, Vec::new(), vec![message])
            .await;
    }

    /// Takes the next workflow task, and completes what was accepted before.
    pub(crate) async fn finish_update(&mut self, accepted: Accepted, outcome: Result<&str, &str>) {
        let task = self.poll().await;
        let message = self.response(accepted.0, outcome);
        self.answer_task(task.task_token, vec![command(&message)], vec![message])
            .await;
    }

    /// Takes the next workflow task, which brings an update, and leaves it at that.
    pub(crate) async fn hold_update(&mut self) {
        self.take_update().await;
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

    async fn take_update(&mut self) -> Taken {
        let task = self.poll().await;
        let message = task.messages.into_iter().next().expect("an update");
        let Some(SequencingId::EventId(event_id)) = message.sequencing_id else {
            panic!("an update says where it belongs")
        };
        let request = Request::decode(message.body.unwrap().value.as_slice()).unwrap();
        let args = request.input.clone().unwrap().args;
        assert_eq!(data(args), format!("{}[1]", self.seal).into_bytes());
        Taken {
            task_token: task.task_token,
            message_id: message.id,
            event_id,
            request,
        }
    }
}

/// An update that was accepted and is not completed yet.
pub(crate) struct Accepted(Option<Meta>);

/// An update that came with a workflow task.
struct Taken {
    task_token: Vec<u8>,
    message_id: String,
    event_id: i64,
    request: Request,
}

impl Taken {
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

/// Says when the message takes effect.
fn command(message: &Message) -> Command {
    let attributes = ProtocolMessageCommandAttributes {
        message_id: message.id.clone(),
    };
    Command {
        command_type: CommandType::ProtocolMessage.into(),
        attributes: Some(Attributes::ProtocolMessageCommandAttributes(attributes)),
        ..Default::default()
    }
}
