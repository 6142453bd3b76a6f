//! A world with a root token, and short words for what tests do with it.

use pve_testbed::{
    World,
    request::{Answer, Method, Request},
};
use serde_json::Value;

/// A template of the seed world on pve1.
pub const TEMPLATE: u32 = 9003;

pub struct Lab {
    pub world: World,
    pub token: String,
}

impl Lab {
    pub fn new() -> Self {
        let world = World::seeded(7);
        let token = world.root_token();
        Self { world, token }
    }

    /// The request of a call, signed.
    pub fn request(&self, method: Method, path: &str, params: &[(&str, &str)]) -> Request {
        let start = Request::new(method, path).token(&self.token);
        params.iter().fold(start, |request, (name, value)| request.with(name, value))
    }

    pub fn call(&mut self, method: Method, path: &str, params: &[(&str, &str)]) -> Answer {
        let request = self.request(method, path, params);
        self.world.call(request)
    }

    pub fn get(&mut self, path: &str) -> Answer {
        self.call(Method::Get, path, &[])
    }

    pub fn post(&mut self, path: &str, params: &[(&str, &str)]) -> Answer {
        self.call(Method::Post, path, params)
    }

    pub fn put(&mut self, path: &str, params: &[(&str, &str)]) -> Answer {
        self.call(Method::Put, path, params)
    }

    pub fn delete(&mut self, path: &str, params: &[(&str, &str)]) -> Answer {
        self.call(Method::Delete, path, params)
    }

    /// A VM's path on pve1.
    pub fn vm(vmid: u32, rest: &str) -> String {
        format!("/nodes/pve1/qemu/{vmid}{rest}")
    }

    /// Lets so many milliseconds pass.
    pub fn pass(&mut self, millis: u64) {
        self.world.advance(self.world.now() + millis);
    }

    /// Waits for the task an answer names; its exit status.
    pub fn wait(&mut self, answer: &Answer) -> String {
        let upid = answer.data().as_str().unwrap_or_else(|| panic!("no task in {answer:?}")).to_owned();
        self.wait_upid(&upid)
    }

    pub fn wait_upid(&mut self, upid: &str) -> String {
        for _ in 0..2_000 {
            let status = self.task_status(upid);
            if status["status"] == "stopped" {
                return status["exitstatus"].as_str().unwrap().to_owned();
            }
            self.pass(100);
        }
        panic!("{upid} does not end");
    }

    pub fn task_status(&mut self, upid: &str) -> Value {
        let node = upid.split(':').nth(1).unwrap();
        self.get(&format!("/nodes/{node}/tasks/{upid}/status")).data().clone()
    }

    pub fn task_log(&mut self, upid: &str) -> Vec<String> {
        let node = upid.split(':').nth(1).unwrap();
        let answer = self.get(&format!("/nodes/{node}/tasks/{upid}/log"));
        answer.data().as_array().unwrap().iter().map(|line| line["t"].as_str().unwrap().to_owned()).collect()
    }

    /// A linked clone of the template, stopped.
    pub fn clone_vm(&mut self, vmid: u32) {
        let newid = vmid.to_string();
        let answer = self.post(&Self::vm(TEMPLATE, "/clone"), &[("newid", &newid), ("name", "web")]);
        assert_eq!(self.wait(&answer), "OK");
    }

    /// The same, running and booted.
    pub fn running_vm(&mut self, vmid: u32) {
        self.clone_vm(vmid);
        let answer = self.post(&Self::vm(vmid, "/status/start"), &[]);
        assert_eq!(self.wait(&answer), "OK");
        self.pass(11_000);
    }

    /// A template whose disk is a file of the storage `data`.
    pub fn template_on_files(&mut self, vmid: u32) {
        let disk = [("vmid", &*vmid.to_string()), ("scsi0", "data:0,import-from=local:import/debian-13.raw")];
        let answer = self.post("/nodes/pve1/qemu", &disk);
        assert_eq!(self.wait(&answer), "OK");
        let answer = self.post(&Self::vm(vmid, "/template"), &[]);
        assert_eq!(self.wait(&answer), "OK");
    }

    /// An empty VM without an operating system: it ignores ACPI.
    pub fn empty_vm(&mut self, vmid: u32) {
        let answer = self.post("/nodes/pve1/qemu", &[("vmid", &vmid.to_string()), ("memory", "128")]);
        assert_eq!(self.wait(&answer), "OK");
    }

    pub fn config(&mut self, vmid: u32) -> Value {
        let answer = self.get(&Self::vm(vmid, "/config"));
        assert!(answer.is_ok(), "{answer:?}");
        answer.data().clone()
    }
}

/// A refusal with this status and reason.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, reason: &str) {
    assert_eq!((answer.status, answer.reason.as_str()), (status, reason), "{answer:?}");
}

/// A 400 for one parameter.
#[track_caller]
pub fn bad_parameter(answer: &Answer, name: &str, text: &str) {
    refused(answer, 400, "Parameter verification failed.");
    assert_eq!(answer.errors()[name], text, "{answer:?}");
}
