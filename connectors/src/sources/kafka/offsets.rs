//! Which offsets the broker has: asked for many partitions at once, one request for each broker that leads some.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

/// How long a broker may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// By partition: an offset, or why the broker does not say.
pub type Answers = BTreeMap<i32, Result<i64, String>>;

/// Brokers that lead partitions of a topic.
pub struct Leaders(BTreeMap<i32, Vec<i32>>);

impl Leaders {
    /// Who leads these partitions now; those that nobody leads are in the answers.
    pub fn of<C: ConsumerContext>(
        consumer: &BaseConsumer<C>,
        topic: &str,
        partitions: &[i32],
        answers: &mut Answers,
    ) -> Self {
        let mut leaders = BTreeMap::<i32, Vec<i32>>::new();
        let metadata = match consumer.fetch_metadata(Some(topic), ANSWER_WITHIN) {
            Ok(metadata) => metadata,
            Err(e) => {
                answers.extend(partitions.iter().map(|p| (*p, Err(no_answer(&e)))));
                return Self(leaders);
            }
        };
        let known: BTreeMap<i32, i32> = metadata
            .topics()
            .iter()
            .filter(|t| t.name() == topic)
            .flat_map(|t| t.partitions())
            .map(|p| (p.id(), p.leader()))
            .collect();
        for partition in partitions {
            match known.get(partition) {
                Some(leader) if *leader >= 0 => leaders.entry(*leader).or_default().push(*partition),
                Some(_) => drop(answers.insert(*partition, Err("no broker leads it now".into()))),
                None => drop(answers.insert(*partition, Err("the broker does not know it".into()))),
            }
        }
        Self(leaders)
    }

    /// The first ([`Offset::Beginning`]) or the next ([`Offset::End`]) offset of each. Brokers are asked side by side,
    /// so one that is silent keeps only its own partitions waiting.
    pub fn ask<C: ConsumerContext>(&self, consumer: &BaseConsumer<C>, topic: &str, at: Offset, answers: &mut Answers) {
        let asked: Vec<Answers> = std::thread::scope(|scope| {
            let asks = self.0.values().map(|of_leader| scope.spawn(move || ask(consumer, topic, of_leader, at)));
            let asks: Vec<_> = asks.collect();
            asks.into_iter().map(|ask| ask.join().unwrap_or_default()).collect()
        });
        answers.extend(asked.into_iter().flatten());
    }
}

/// Asks one broker. An error speaks of all that were asked for at once: halves are asked until it is told whose it is.
fn ask<C: ConsumerContext>(consumer: &BaseConsumer<C>, topic: &str, partitions: &[i32], at: Offset) -> Answers {
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for partition in partitions {
        // Only an offset that is none is refused, and these two are not.
        let _ = list.add_partition_offset(topic, *partition, at);
    }
    match consumer.offsets_for_times(list, ANSWER_WITHIN) {
        Ok(found) => found.elements().iter().map(|e| (e.partition(), answer(e.error(), e.offset()))).collect(),
        Err(e) if partitions.len() > 1 && !is_silence(&e) => {
            let (one, other) = partitions.split_at(partitions.len() / 2);
            let mut answers = ask(consumer, topic, one, at);
            answers.append(&mut ask(consumer, topic, other, at));
            answers
        }
        Err(e) => partitions.iter().map(|p| (*p, Err(no_answer(&e)))).collect(),
    }
}

fn answer(error: Result<(), KafkaError>, offset: Offset) -> Result<i64, String> {
    match (error, offset) {
        (Ok(()), Offset::Offset(offset)) => Ok(offset),
        (Ok(()), other) => Err(format!("the broker answers {other:?}")),
        (Err(e), _) => Err(no_answer(&e)),
    }
}

fn is_silence(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{AllBrokersDown, BrokerTransportFailure, OperationTimedOut, RequestTimedOut};
    let silent = [AllBrokersDown, BrokerTransportFailure, OperationTimedOut, RequestTimedOut];
    error.rdkafka_error_code().is_some_and(|code| silent.contains(&code))
}

fn no_answer(error: &KafkaError) -> String {
    format!("the broker does not say which offsets it has: {error}")
}
