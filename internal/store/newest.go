package store

import "gorm.io/gorm"

// newest reads one page of a list, at most limit rows by falling number: those below before, or
// with 0 the first. next is the before of the following page, 0 on the last.
func newest[R any](list *gorm.DB, before int64, limit int, id func(R) int64) (rows []R, next int64, err error) {
	if before > 0 {
		list = list.Where("id < ?", before)
	}
	if err := list.Order("id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, 0, err
	}
	if len(rows) > limit {
		rows = rows[:limit]
		next = id(rows[limit-1])
	}
	return rows, next, nil
}

// having narrows a list to the values that are wanted; "" is any.
func having(list *gorm.DB, wanted map[string]string) *gorm.DB {
	for column, value := range wanted {
		if value != "" {
			list = list.Where(column+" = ?", value)
		}
	}
	return list
}
