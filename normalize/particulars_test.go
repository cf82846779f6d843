package normalize

import "testing"

func TestParticulars(t *testing.T) {
	for _, c := range []struct {
		line string
		want particulars
	}{
		{"22 November 2026, 03:46, Ada Specimen. Views: 671, 22 minutes ago", record},
		{"2026 жылғы 22 қараша, 02:28, Үлгі Мысалбек. Қаралды: 297, 48 минут бұрын", record},
		{"22 ноября 2026 г., 14:05 | Автор: Ада Образцова | Просмотров: 671", record},
		{"Автор: Ада Образцова, 22.11.2026 14:05", record},
		{"By Ada Specimen | Updated: Nov 22, 2026 at 3:46 pm (Astana time)", record},
		{"Общество / 22.11.2026 / Показов: 1 345", record},
		{"22-noyabr 2026, 10:15 | Siyosat | Ko‘rishlar: 120", record},
		{"2026-жылдын 22-ноябры, 10:15. Көрүүлөр: 44", record},
		{"Hits: 34 | Comments: 3", record},
		{"Updated 22 November 2026, 14:30 PM", record},
		{"Сегодня, 14:30 | Безопасность", record},
		{"Ada Specimen, 22 November 2026", stamp},
		{"22 ноября 2026", stamp},
		{"On 5 May 2024 the mast fell into the river.", none},
		{"The clip had 1200 views by 14:30 on Friday.", none},
		{"ASTANA, May 5 — The mast of the invented station fell into the river.", none},
		{"14:30 The first lorry arrives at the gate", none},
		{"Выборы пройдут 22 ноября 2026 года", none},
		{"Score at half time: 2:1", none},
		{"Five of the 17 sheds burned", none},
	} {
		if got := particularsOf(c.line); got != c.want {
			t.Errorf("%q: %d, want %d", c.line, got, c.want)
		}
	}
}
