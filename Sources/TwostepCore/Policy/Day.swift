/// A day by UTC: no time zone of the machine or of a process is asked (law 4).
package struct Day: Equatable, Sendable {
    /// As it is written: `YYYY-MM-DD`.
    package let text: [UInt8]
    /// When it is over, in seconds since the epoch.
    package let end: Int64

    /// Reads `YYYY-MM-DD`, a day that the calendar has, from the year 2000 to 2999; nil for anything else.
    package init?(_ text: [UInt8]) {
        guard text.count == 10, text[4] == 0x2D, text[7] == 0x2D, let year = Array(text[..<4]).decimal,
            let month = Array(text[5..<7]).decimal, let day = Array(text[8...]).decimal,
            (2000...2999).contains(year), (1...12).contains(month), day >= 1
        else { return nil }
        let first = Day.number(year, month, 1)
        let next = month == 12 ? Day.number(year + 1, 1, 1) : Day.number(year, month + 1, 1)
        guard first + Int64(day) <= next else { return nil }
        self.text = text
        end = (first + Int64(day)) * 86_400
    }

    /// Days since the epoch, in the Gregorian calendar. Years are counted from March, so that a leap day is their last.
    private static func number(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let years = month > 2 ? year : year - 1
        let months = month > 2 ? month - 3 : month + 9
        let days = years * 365 + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day - 1
        return Int64(days - 719_468)
    }
}
