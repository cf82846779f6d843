package normalize

import "testing"

func TestCredit(t *testing.T) {
	const rest = "\n\nThe guards met at the bridge and agreed on patrols for the winter. Talks go on in spring."
	tests := map[string]string{
		"TOLEBI, 3 March (Steppe News) - The border guards met." + rest:                                      "Steppe News",
		"TOLEBI (Steppe News) — The border guards met." + rest:                                               "Steppe News",
		"ТОЛЕБИ, 3 марта /Степь-Пресс/. Пограничники встретились." + rest:                                    "Степь-Пресс",
		"ТОЛЕБИ, 3 марта — СТЕПЬ. Пограничники встретились." + rest:                                          "",
		"ТОЛЕБИ. 3 марта. СТЕПЬ — Пограничники встретились." + rest:                                          "СТЕПЬ",
		"Пограничники встретились на мосту, передает Степьинформ." + rest:                                    "Степьинформ",
		"Пограничники встретились на мосту, сообщает агентство «Степь Пресс»." + rest:                        "Степь Пресс",
		"Об этом пишет газета со ссылкой на Степьинформ." + rest:                                             "Степьинформ",
		"Шекарашылар көпірде кездесті, деп хабарлайды Дала." + rest:                                          "Дала",
		"The border guards met." + rest + "\n\nSource: Steppe News":                                          "Steppe News",
		"The border guards met." + rest + "\n\nИсточник: 24.steppe":                                          "24.steppe",
		"The border guards met." + rest + "\n\nThis article was first published by Steppe News.\n\nOur desk": "Steppe News",
		"The border guards met (in the morning) - and agreed." + rest:                                        "",
		"The border guards met." + rest:                                                                                 "",
		"The ministry, the officer said, reported nothing." + rest:                                                      "",
		"Sources in the ministry said that the guards met." + rest:                                                      "",
		"TOLEBI (3 March) - The border guards met." + rest:                                                              "",
		"A long way behind the lead" + rest + "\n\nThe source: nobody knows it, and the river runs as it ran before it": "",
		"": "",
	}
	for text, want := range tests {
		if got := Credit(text); got != want {
			t.Errorf("%.90q credits %q, want %q", text, got, want)
		}
	}
}
