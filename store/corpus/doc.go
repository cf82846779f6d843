// Package corpus is the form in which articles leave and enter: records, text files, manifests.
package corpus
