//! Which Jamie a question goes to.

use super::*;
use crate::settings::{Imagined, Narrowing, Request, load};

const FILE: &str = "[clusters.eu]\ncontext = \"eu\"\n[clusters.us]\ncontext = \"us\"\n\
                    [environments.prod]\nclusters = [\"eu\"]\n[environments.test]\nclusters = [\"us\"]\n";

fn environments(only: Option<&str>) -> Environments {
    let narrowing = Narrowing { environment: only.map(str::to_owned), ..Narrowing::default() };
    let request = Request { config: Some("/x.toml".into()), narrowing, ..Request::default() };
    let surroundings = Imagined::default().with_variable("KUBECONFIG", "/none").with_file("/x.toml", FILE);
    let settings = load(&request, &surroundings).unwrap().settings;
    let store = talk::in_memory();
    let memory = talk::memory(&settings, Arc::clone(&store)).unwrap();
    Environments::new(&settings, store, memory).unwrap()
}

async fn clusters_of(environments: &Environments, name: Option<&str>) -> Result<Vec<String>, String> {
    let room = environments.room(name).await?;
    let all = environments.room(name).await?;
    assert!(Arc::ptr_eq(&room, &all), "built once");
    Ok(room.house.clusters.clone())
}

#[tokio::test]
async fn a_question_goes_to_the_jamie_of_its_environment() {
    let all = environments(None);
    assert_eq!(clusters_of(&all, None).await.unwrap(), ["eu", "us"]);
    assert_eq!(clusters_of(&all, Some("prod")).await.unwrap(), ["eu"]);
    assert_eq!(clusters_of(&all, Some("test")).await.unwrap(), ["us"]);
    assert_eq!(all.rooms().await.len(), 3);
    all.shut_down().await;
}

#[tokio::test]
async fn an_environment_that_is_not_declared_is_answered() {
    let all = environments(None);
    let place = Place { environment: Some("prd".to_owned()), ..Place::default() };
    let asking = Asking {
        question: "how is my cluster?",
        quoted: None,
        person: "slack:U1",
        channel: "slack:C1/1.2",
        conversation: None,
        turn: None,
        place: &place,
    };
    let told = Port::ask(&all, asking, Progress::silent(), CancellationToken::new()).await.unwrap_err();
    assert!(told.to_string().contains("no environment prd (there are prod, test)"), "{told}");
    assert_eq!(all.rooms().await.len(), 1);
}

#[tokio::test]
async fn a_process_of_one_environment_answers_for_no_other() {
    let prod = environments(Some("prod"));
    assert_eq!(clusters_of(&prod, None).await.unwrap(), ["eu"]);
    assert_eq!(clusters_of(&prod, Some("prod")).await.unwrap(), ["eu"]);
    let told = clusters_of(&prod, Some("test")).await.unwrap_err();
    assert!(told.contains("only at the environment prod"), "{told}");
}
