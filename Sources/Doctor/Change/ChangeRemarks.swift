package import TwostepCore

/// What is to be known of a change before somebody agrees to it, and is no reason to refuse it.
package enum ChangeRemarks {
    /// - Parameters:
    ///   - options: those of the line as it will be.
    ///   - service: the service as it is now.
    /// - Returns: lines of at most 80 columns.
    package static func lines(
        _ options: ModuleOptions, _ configuration: Configuration, now: Int64?, _ service: PAMService
    ) -> [String] {
        var lines: [String] = []
        for handler in service.otherCodes {
            let isOwn = handler.place.file == service.file
            let place = isOwn ? handler.place.line.map { "line \($0)" } ?? service.file : handler.place.description
            lines.append("Also asks: \(handler.name ?? "").so (\(place))")
        }
        if !lines.isEmpty {
            lines.append("That stays: take it out by hand, or people are asked for a code twice.")
        }
        if let line = refusal(options, configuration, now: now) { lines.append(line) }
        return lines
    }

    /// What is said where the line lets nobody pass who is not enrolled; nil where it may.
    private static func refusal(_ options: ModuleOptions, _ configuration: Configuration, now: Int64?) -> String? {
        let mayPass = configuration.isBeforeDeadline(now) || !configuration.isRequiredOfAll
        guard !options.nullok || !mayPass else { return nil }
        var unless: [String] = []
        if !configuration.exempt.isEmpty, !options.required { unless.append("exempt") }
        if configuration.enrollAtLogin != .no { unless.append("they enrol at the login") }
        return "Who is not enrolled is refused here"
            + (unless.isEmpty ? "." : ", unless \(unless.joined(separator: ", or ")).")
    }
}

extension PAMService {
    /// The lines by which another module asks for a code.
    var otherCodes: [PAMHandler] { stack(.auth).filter { StackModule.asksForCode($0.name ?? "") } }
}
