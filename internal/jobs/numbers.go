package jobs

// numbers is a set of people's numbers, which are dense: a million take some 130 KB.
type numbers map[int64]*[1024]uint64

const perPart = 1024 * 64

func (n numbers) add(ids ...int64) {
	for _, id := range ids {
		part := n[id/perPart]
		if part == nil {
			part = new([1024]uint64)
			n[id/perPart] = part
		}
		part[id%perPart/64] |= 1 << (id % 64)
	}
}

func (n numbers) has(id int64) bool {
	part := n[id/perPart]
	return part != nil && part[id%perPart/64]&(1<<(id%64)) != 0
}
