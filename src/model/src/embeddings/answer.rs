//! Reads the answer of an embeddings endpoint.

use serde_json::Value;

/// The vectors of an answer, in the order of the texts; the error says what is wrong with it.
pub(super) fn vectors(answer: &Value, texts: usize, dimensions: Option<usize>) -> Result<Vec<Vec<f32>>, String> {
    let data = answer.get("data").and_then(Value::as_array);
    let data = data.ok_or("the answer has no list `data`, so this is probably no embeddings API")?;
    if data.len() != texts {
        return Err(format!("{} vectors came for {texts} texts", data.len()));
    }
    let mut found: Vec<Option<Vec<f32>>> = vec![None; texts];
    for (order, item) in data.iter().enumerate() {
        // Some servers leave the index out; then the order is meant.
        let index = item.get("index").and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
        let vector = item.get("embedding").and_then(Value::as_array).ok_or("a vector is no list of numbers")?;
        let vector: Option<Vec<f32>> = vector.iter().map(value).collect();
        let vector = vector.ok_or("a vector holds something that is no number")?;
        match found.get_mut(index.unwrap_or(order)) {
            Some(place @ None) => *place = Some(vector),
            _ => return Err("the indexes of the vectors are not those of the texts".to_owned()),
        }
    }
    let found: Vec<Vec<f32>> = found.into_iter().flatten().collect();
    let wanted = dimensions.or_else(|| found.first().map(Vec::len)).unwrap_or_default();
    match found.iter().map(Vec::len).find(|length| *length != wanted || *length == 0) {
        Some(length) => Err(format!(
            "a vector has {length} values where {wanted} were expected; is another model served under this name?"
        )),
        None => Ok(found),
    }
}

fn value(number: &Value) -> Option<f32> {
    // Single precision is what models compute in.
    number.as_f64().map(|number| number as f32).filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::vectors;
    use serde_json::json;

    #[test]
    fn vectors_come_in_the_order_of_the_texts() {
        let answer = json!({"data": [{"index": 1, "embedding": [3, 4.5]}, {"index": 0, "embedding": [1, 2]}]});
        assert_eq!(vectors(&answer, 2, None), Ok(vec![vec![1.0, 2.0], vec![3.0, 4.5]]));
        let without_index = json!({"data": [{"embedding": [1]}, {"embedding": [2]}]});
        assert_eq!(vectors(&without_index, 2, Some(1)), Ok(vec![vec![1.0], vec![2.0]]));
    }

    #[test]
    fn answers_that_are_none_are_told() {
        let cases = [
            (json!({"error": "x"}), "no list `data`"),
            (json!({"data": [{"embedding": [1]}]}), "1 vectors came for 2 texts"),
            (json!({"data": [{"embedding": [1]}, {"embedding": "AAAA"}]}), "no list of numbers"),
            (json!({"data": [{"embedding": [1]}, {"embedding": [null]}]}), "no number"),
            (json!({"data": [{"embedding": [1]}, {"embedding": [1e300]}]}), "no number"),
            (json!({"data": [{"index": 0, "embedding": [1]}, {"index": 0, "embedding": [1]}]}), "indexes"),
            (json!({"data": [{"index": 0, "embedding": [1]}, {"index": 9, "embedding": [1]}]}), "indexes"),
            (json!({"data": [{"embedding": [1]}, {"embedding": [1, 2]}]}), "2 values where 1 were expected"),
            (json!({"data": [{"embedding": []}, {"embedding": []}]}), "0 values"),
        ];
        for (answer, told) in cases {
            let wrong = vectors(&answer, 2, None).unwrap_err();
            assert!(wrong.contains(told), "{answer}: {wrong}");
        }
        assert!(vectors(&json!({"data": [{"embedding": [1, 2]}]}), 1, Some(3)).is_err());
    }
}
