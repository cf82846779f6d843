package store

// upgrade brings a database of an older format to the present one, in one transaction. What that cannot tell at once,
// such as the fingerprints of the articles, is made when it is first needed.
//
// Format 1 knew exact copies only, by the hashes of their words in exact/.
func (db *DB) upgrade() error {
	present := false
	err := db.view(func(t txn) error {
		format, _, err := t.number(bucketMeta, keyFormat)
		present = format == Format && t.Bucket(bucketPrints) != nil && t.Bucket(bucketClues) != nil
		return err
	})
	if err != nil || present {
		return err
	}
	return db.update(func(t txn) error {
		if exact := []byte("exact"); t.Bucket(exact) != nil {
			if err := t.DeleteBucket(exact); err != nil {
				return err
			}
		}
		for _, name := range [][]byte{bucketPrints, bucketClues} {
			if _, err := t.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return t.putNumber(bucketMeta, keyFormat, Format)
	})
}
