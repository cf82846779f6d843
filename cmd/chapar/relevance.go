package main

import (
	"context"

	"chapar/normalize/relevance"
)

type relevanceCommand struct {
	Replay relevanceReplayCommand `cmd:"" help:"Judge anew, by the settings of the config, what was kept and what was dropped; show, or write, what comes in and goes out." example:"chapar relevance replay -c changed.yaml"`
	Curve  relevanceCurveCommand  `cmd:"" help:"Judge labelled articles; show, or draw, precision against recall at every threshold." example:"chapar relevance curve labelled.jsonl --out curve.svg"`
	Topics relevanceTopicsCommand `cmd:"" help:"List the topics that an article can have, and what each means." example:"chapar relevance topics"`
}

type relevanceTopicsCommand struct {
	JSON bool `name:"json" help:"JSON for programs."`
}

func (r *relevanceTopicsCommand) Run(_ context.Context, a *app) error {
	meanings, err := relevance.Definitions()
	if err != nil {
		return err
	}
	type topic struct {
		Name    string `json:"name"`
		Meaning string `json:"meaning"`
	}
	topics := []topic{}
	for _, name := range relevance.Topics() {
		topics = append(topics, topic{name, meanings[name]})
	}
	if r.JSON {
		return a.json(topics)
	}
	t := table{loose: 1, wrap: true}
	for _, x := range topics {
		t.row(x.Name, x.Meaning)
	}
	return t.write(a.out, width(a.out))
}
