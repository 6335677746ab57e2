#pragma once

#include <map>
#include <string>

namespace bench {

/// The command line as "--name value" pairs.
class arguments {
  public:
    /// Ends the program with a message when the line is not made of pairs.
    arguments(int count, char** words);

    std::string text(const std::string& name, const std::string& otherwise) const;
    long number(const std::string& name, long otherwise) const;

  private:
    std::map<std::string, std::string> values_;
};

}  // namespace bench
