// Package web shows a running chapar to people and lets its own commands read from it.
//
// The same handlers serve the control socket beside the database (mode 0600, for chapar's own commands) and, read
// only and without the backup, the address that `listen` names. Lists are JSON Lines and end with a line that says
// that they are whole, so that a cut answer is never taken for all there is.
package web
