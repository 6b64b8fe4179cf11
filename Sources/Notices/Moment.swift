internal import TwostepCore

/// Times as text, and text as times; in seconds since the epoch.
package enum Moment {
    /// `2026-11-26T20:02:28Z`.
    package static func text(_ time: Int64) -> String {
        let (day, second) = split(time)
        let (year, month, dayOfMonth) = civil(day)
        guard (0...9999).contains(year) else {
            return "\(year)-\(padded(month, 2))-\(padded(dayOfMonth, 2))T\(clock(second))Z"
        }
        // Digit by digit: a list of many people has one in each line.
        var text: [UInt8] = []
        text.reserveCapacity(20)
        func add(_ number: Int64, _ width: Int, _ sign: UInt8) {
            var unit: Int64 = 1
            for _ in 1..<width { unit *= 10 }
            while unit > 0 {
                text.append(UInt8(truncatingIfNeeded: 0x30 + number / unit % 10))
                unit /= 10
            }
            text.append(sign)
        }
        add(year, 4, 0x2D)
        add(month, 2, 0x2D)
        add(dayOfMonth, 2, 0x54)
        add(second / 3600, 2, 0x3A)
        add(second / 60 % 60, 2, 0x3A)
        add(second % 60, 2, 0x5A)
        return String(decoding: text, as: UTF8.self)
    }

    /// As RFC 5322 section 3.3 has it: `Thu, 26 Nov 2026 20:02:28 +0000`.
    package static func mailDate(_ time: Int64) -> String {
        let (day, second) = split(time)
        let (year, month, dayOfMonth) = civil(day)
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let weekday = Int(((day % 7) + 7) % 7)
        return
            "\(days[weekday]), \(dayOfMonth) \(months[Int(month) - 1]) \(padded(year, 4)) \(clock(second)) +0000"
    }

    /// Reads `2026-11-26`, or that with `T20:02:28`, a fraction of a second, and `Z` or an offset such as `+01:00`; without
    /// the latter it is UTC.
    package static func parse(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 10, bytes.count <= 40, bytes[4] == 0x2D, bytes[7] == 0x2D,
            let year = Array(bytes[0..<4]).decimal, let month = Array(bytes[5..<7]).decimal,
            let day = Array(bytes[8..<10]).decimal, year >= 1970, (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        let midnight = days(Int64(year), Int64(month), Int64(day)) * 86_400
        // The thirty-first of February is no day.
        guard civil(midnight / 86_400) == (Int64(year), Int64(month), Int64(day)) else { return nil }
        guard bytes.count > 10 else { return midnight }
        guard bytes.count >= 19, bytes[10] == 0x54 || bytes[10] == 0x20,
            let second = second(ofDay: Array(bytes[11..<19]))
        else { return nil }
        var rest = bytes[19...]
        if rest.first == 0x2E {
            let digits = rest.dropFirst().prefix { $0 >= 0x30 && $0 <= 0x39 }
            guard !digits.isEmpty else { return nil }
            rest = rest.dropFirst(digits.count + 1)
        }
        guard let offset = offset(Array(rest)) else { return nil }
        return midnight + Int64(second) - offset
    }

    /// Seconds since midnight of `20:02:28`.
    static func second(ofDay text: [UInt8]) -> Int? {
        guard text.count == 8, text[2] == 0x3A, text[5] == 0x3A, let hour = Array(text[0..<2]).decimal,
            let minute = Array(text[3..<5]).decimal, let second = Array(text[6..<8]).decimal, hour < 24, minute < 60,
            second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    private static func offset(_ text: [UInt8]) -> Int64? {
        if text.isEmpty || text == [0x5A] { return 0 }
        guard text.count == 6, text[0] == 0x2B || text[0] == 0x2D, text[3] == 0x3A,
            let hours = Array(text[1..<3]).decimal,
            let minutes = Array(text[4..<6]).decimal, hours <= 23, minutes < 60
        else { return nil }
        return Int64(hours * 3600 + minutes * 60) * (text[0] == 0x2D ? -1 : 1)
    }

    private static func split(_ time: Int64) -> (day: Int64, second: Int64) {
        let second = ((time % 86_400) + 86_400) % 86_400
        return ((time - second) / 86_400, second)
    }

    private static func clock(_ second: Int64) -> String {
        "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }

    /// Days since the epoch of a date of the Gregorian calendar (the years begin in March, so that the leap day is last).
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month >= 10 ? 1 : 0), month < 10 ? month + 3 : month - 9, day)
    }
}
